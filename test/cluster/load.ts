import { identifyImage } from '../../build/image/archive.ts';
import { describeError, OperatorError, unreachable } from '../../internal/errors.ts';
import { programFolders } from './binaries.ts';
import { clusterFolder } from './cache.ts';
import { importImages } from './images.ts';
import { isKindCluster, loadIntoKind } from './kind.ts';
import { inspectMachine } from './machine.ts';
import { planCluster } from './plan.ts';
import { say, step } from './progress.ts';
import { chooseProvider } from './provider.ts';

/** Brings image archives to the nodes of the test cluster: node test/cluster/load.ts ARCHIVE... */
const archives = process.argv.slice(2);

try {
  await load();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  say(describeError(error));
  process.exitCode = 1;
}

async function load(): Promise<void> {
  const names = archives.map((archive) => identifyImage(archive).name).join(' ');
  const provider = chooseProvider(await inspectMachine());
  switch (provider.kind) {
    case 'current':
      return say(`The cluster is yours: it must be able to pull ${names} from your registry.`);
    case 'none':
      throw new OperatorError({ code: 'NoCluster' }, provider.because);
    case 'kind':
    case 'processes':
      return await step(`load ${names}`, () => loadInto(clusterFolder()));
    default:
      return unreachable(provider);
  }
}

async function loadInto(folder: string): Promise<void> {
  if (!isKindCluster(folder))
    return importImages(planCluster(folder).nodes, archives, programFolders(process.env));
  for (const archive of archives) await loadIntoKind(archive);
}
