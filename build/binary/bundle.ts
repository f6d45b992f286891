import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

export interface Bundles {
  /** Runs at once; the roles are compiled only when they are played. */
  readonly main: string;
  readonly controller: string;
  readonly instance: string;
}

const folder = 'dist/bundles';

/** Bundles each role to CommonJS: ES modules would import every builtin for 15 MB more. Resolves to their paths. */
export async function bundleRoles(commit: string, version: string): Promise<Bundles> {
  const define = { __VERSION__: JSON.stringify(version), __COMMIT__: JSON.stringify(commit) };
  const bundle = async (name: string, entry: string, external: readonly string[]): Promise<string> => {
    const outfile = `${folder}/${name}.cjs`;
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node26',
      define,
      external: [...external],
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      logLevel: 'warning',
    });
    return outfile;
  };
  const roles = [
    '../../internal/cmd/manager/controller/run.ts',
    '../../internal/cmd/manager/instance/run.ts',
  ];
  const [main, controller, instance] = await Promise.all([
    bundle('main', 'cmd/manager/main.ts', roles),
    bundle('controller', 'internal/cmd/manager/controller/run.ts', []),
    bundle('instance', 'internal/cmd/manager/instance/run.ts', []),
  ]);
  return { main, controller: pack(controller), instance };
}

/** Compresses a bundle; the role unpacks it when it is played. Returns the path of what is packed. */
function pack(path: string): string {
  const packed = `${path}.br`;
  writeFileSync(packed, brotliCompressSync(readFileSync(path)));
  return packed;
}
