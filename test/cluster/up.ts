import { delimiter } from 'node:path';
import { describeError, OperatorError, unreachable } from '../../internal/errors.ts';
import { buildMissingPrograms, programFolders } from './binaries.ts';
import { clusterFolder } from './cache.ts';
import { hasNodeGroups } from './control-groups.ts';
import { prepareImages } from './engines/engines.ts';
import { isHealthy } from './health.ts';
import { importImages } from './images.ts';
import { startKindCluster } from './kind.ts';
import { kubectlIn } from './kubectl.ts';
import { withLock } from './lock.ts';
import { inspectMachine } from './machine.ts';
import { installMissingPackages } from './packages.ts';
import { planCluster } from './plan.ts';
import { say, step } from './progress.ts';
import { chooseProvider } from './provider.ts';
import { startCluster } from './start.ts';
import { takeDown } from './teardown.ts';
import { reviveProvisioner } from './volumes.ts';

try {
  await withLock(`${clusterFolder()}.lock`, up);
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  say(describeError(error));
  process.exitCode = 1;
}

async function up(): Promise<void> {
  const provider = chooseProvider(await inspectMachine());
  switch (provider.kind) {
    case 'current':
      return say('Using the cluster of your kubeconfig; nothing is started.');
    case 'processes':
      return startProcesses(provider.build);
    case 'kind':
      return startKindCluster(clusterFolder());
    case 'none':
      throw new OperatorError({ code: 'NoCluster' }, provider.because);
    default:
      return unreachable(provider);
  }
}

async function startProcesses(missing: readonly string[]): Promise<void> {
  const plan = planCluster(clusterFolder());
  const folders = programFolders(process.env);
  // One that was started by an older checkout has none, and its kubelets would end when a pod is resized.
  const isOurs = hasNodeGroups(plan) && missing.length === 0;
  if (isOurs) reviveProvisioner(plan, folders.join(delimiter));
  if (isOurs && (await isHealthy(plan, kubectlIn(plan, folders)))) {
    // Those of a newer checkout may be more than it was started with.
    await importImages(plan.nodes, await prepareImages(), folders);
    return say('The cluster is up.');
  }
  await installMissingPackages(folders);
  await buildMissingPrograms(folders);
  const images = await prepareImages();
  await step('remove what is left of an earlier cluster', () => takeDown(plan));
  const names = plan.nodes.map(({ name }) => name).join(', ');
  await step(`start a Kubernetes of ${names}`, () => startCluster(plan, { folders, images }));
  say('The cluster is up. To look at it: test/cluster/enter kubectl get nodes');
}
