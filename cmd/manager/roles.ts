import { createRequire } from 'node:module';
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's own modules lacks this one.
import { getAsset, getRawAsset, isSea } from 'node:sea';
import { Script } from 'node:vm';

type Controller = typeof import('../../internal/cmd/manager/controller/run.ts');
type Instance = typeof import('../../internal/cmd/manager/instance/run.ts');

/**
 * The roles. In the binary each is an asset of its own, compiled only where it is played: an instance that held the
 * operator's code too would pay for it in every pod (17 MB, measured). From source they are modules like any other.
 */
export const loadController = (): Promise<Controller> =>
  isSea()
    ? Promise.resolve(loadScript<Controller>('controller', unpack('controller')))
    : import('../../internal/cmd/manager/controller/run.ts');

export const loadInstance = (): Promise<Instance> =>
  isSea()
    ? Promise.resolve(loadScript<Instance>('instance', getAsset('instance', 'utf8')))
    : import('../../internal/cmd/manager/instance/run.ts');

/** The operator's code is large, and every process reads the whole of what is in the binary: 4 MB if it were not packed. */
function unpack(asset: string): string {
  // Imported at the top it would cost an instance 1 MB.
  const { brotliDecompressSync } = process.getBuiltinModule('node:zlib');
  return brotliDecompressSync(getRawAsset(asset)).toString('utf8');
}

function loadScript<Exports>(role: string, source: string): Exports {
  const wrapped = new Script(`(function (module, exports, require) {${source}\n})`, {
    filename: `${role}.js`,
  });
  const module = { exports: {} };
  wrapped.runInThisContext()(module, module.exports, createRequire(process.execPath));
  return module.exports as Exports;
}
