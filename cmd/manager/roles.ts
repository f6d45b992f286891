import { createRequire } from 'node:module';
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's own modules lacks this one.
import { getAsset, isSea } from 'node:sea';
import { Script } from 'node:vm';

type Controller = typeof import('../../internal/cmd/manager/controller/run.ts');
type Instance = typeof import('../../internal/cmd/manager/instance/run.ts');

/**
 * The roles. In the binary each is an asset of its own, compiled only where it is played: an instance that held the
 * operator's code too would pay for it in every pod (17 MB, measured). From source they are modules like any other.
 */
export const loadController = (): Promise<Controller> =>
  isSea()
    ? Promise.resolve(loadAsset<Controller>('controller'))
    : import('../../internal/cmd/manager/controller/run.ts');

export const loadInstance = (): Promise<Instance> =>
  isSea()
    ? Promise.resolve(loadAsset<Instance>('instance'))
    : import('../../internal/cmd/manager/instance/run.ts');

function loadAsset<Exports>(role: string): Exports {
  const source = getAsset(role, 'utf8');
  const wrapped = new Script(`(function (module, exports, require) {${source}\n})`, {
    filename: `${role}.js`,
  });
  const module = { exports: {} };
  wrapped.runInThisContext()(module, module.exports, createRequire(process.execPath));
  return module.exports as Exports;
}
