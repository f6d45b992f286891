import { createRequire } from 'node:module';
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's own modules lacks this one.
import { getAsset, getAssetKeys, getRawAsset, isSea } from 'node:sea';
import { Script } from 'node:vm';

type Controller = typeof import('../../internal/cmd/manager/controller/run.ts');
type Instance = typeof import('../../internal/cmd/manager/instance/run.ts');

/** `compiledAhead`: what V8 made of it when it was built is what is run. */
export type LoadedInstance = Instance & { readonly compiledAhead: boolean };

/**
 * The roles. In the binary each is an asset of its own, compiled only where it is played: an instance that held the
 * operator's code too would pay for it in every pod (17 MB, measured). From source they are modules like any other.
 */
export const loadController = (): Promise<Controller> =>
  isSea()
    ? Promise.resolve(load<Controller>(new Script(unpack('controller'), { filename: 'controller.js' })))
    : import('../../internal/cmd/manager/controller/run.ts');

export const loadInstance = async (): Promise<LoadedInstance> =>
  isSea()
    ? instanceOf()
    : { ...(await import('../../internal/cmd/manager/instance/run.ts')), compiledAhead: false };

/** The operator's code is large, and every process reads the whole of what is in the binary: 4 MB if it were not packed. */
function unpack(asset: string): string {
  // Imported at the top it would cost an instance 1 MB.
  const { brotliDecompressSync } = process.getBuiltinModule('node:zlib');
  return brotliDecompressSync(getRawAsset(asset)).toString('utf8');
}

/** From what V8 made of it when it was built, where this is the same V8: otherwise it takes 6 ms longer (measured). */
function instanceOf(): LoadedInstance {
  const cachedData = getAssetKeys().includes(code) ? Buffer.from(getRawAsset(code)) : undefined;
  const script = new Script(getAsset('instance', 'utf8'), {
    filename: 'instance.js',
    ...(cachedData && { cachedData }),
  });
  const compiledAhead = script.cachedDataRejected === false;
  return { ...load<Instance>(script), compiledAhead };
}

const code = 'instance.code';

/** A role's script is a function, which is given what a module is. */
function load<Exports>(script: Script): Exports {
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, createRequire(process.execPath));
  return module.exports as Exports;
}
