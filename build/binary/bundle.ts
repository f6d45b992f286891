import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { compileAhead } from './compile-ahead.ts';
import type { Platform } from './platforms.ts';
import { standIns } from './stand-ins.ts';

export interface Bundles {
  /** Runs at once; the roles are compiled only when they are played. */
  readonly main: string;
  readonly controller: string;
  readonly instance: string;
  /** What V8 made of the instance's code; undefined where what is built for does not run here. */
  readonly instanceCode: string | undefined;
}

const folder = 'dist/bundles';

/** Bundles each role to CommonJS: ES modules would import every builtin for 15 MB more. Resolves to their paths. */
export async function bundleRoles(
  { architecture }: Platform,
  commit: string,
  version: string,
): Promise<Bundles> {
  const define = { __VERSION__: JSON.stringify(version), __COMMIT__: JSON.stringify(commit) };
  const bundle = async (name: string, entry: string, extra: BuildOptions): Promise<string> => {
    const outfile = `${folder}/${name}.cjs`;
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node26',
      define,
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      logLevel: 'warning',
      ...extra,
    });
    return outfile;
  };
  const roles = [
    '../../internal/cmd/manager/controller/run.ts',
    '../../internal/cmd/manager/instance/run.ts',
  ];
  const [main, controller, instance] = await Promise.all([
    bundle('main', 'cmd/manager/main.ts', { external: roles }),
    bundle('controller', 'internal/cmd/manager/controller/run.ts', asFunction),
    bundle('instance', 'internal/cmd/manager/instance/run.ts', { ...asFunction, plugins: [standIns] }),
  ]);
  const instanceCode = architecture === 'amd64' ? compileAhead(instance) : undefined;
  return { main, controller: pack(controller), instance, instanceCode };
}

/** As cmd/manager/roles.ts calls it: a script is compiled ahead of time as it is run, to the letter. */
const asFunction = {
  banner: { js: '(function (module, exports, require) {' },
  footer: { js: '})' },
} as const;

/** Compresses a bundle; the role unpacks it when it is played. Returns the path of what is packed. */
function pack(path: string): string {
  const packed = `${path}.br`;
  writeFileSync(packed, brotliCompressSync(readFileSync(path)));
  return packed;
}
