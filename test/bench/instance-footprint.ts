import { setTimeout as sleep } from 'node:timers/promises';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';
import { print } from './figures.ts';
import { mainProcess, memoryOf, processorSeconds, serverProcess } from './process.ts';

const idleSeconds = 60;

/** What an instance manager costs in each pod of an idle cluster of three, after its start has settled. */
export async function measureInstanceFootprint(): Promise<void> {
  const namespace = newName('bench-footprint');
  await makeNamespace(namespace);
  const cluster = new TestCluster(namespace, 'redis');
  await cluster.apply({ instances: 3 });
  await cluster.healthy(60);
  const pods = (await cluster.pods()).map(({ metadata }) => metadata.name);
  const pids = await Promise.all(pods.map((pod) => mainProcess(namespace, pod, 'redis')));
  const servers = await Promise.all(pods.map((pod) => serverProcess(namespace, pod)));
  await sleep(20_000);
  const [managers, beside] = [sharesOf(pids), sharesOf(servers)];
  const [used, baseline] = [await managers, await beside];
  const memory = pids.map(memoryOf);
  print(
    'instance manager, RSS',
    memory.map(({ rss }) => rss),
    'MB',
    'target: 60 MB',
  );
  print(
    'instance manager, private',
    memory.map((one) => one.private),
    'MB',
    'target: 16 MB',
  );
  print('instance manager, idle processor', used, '%', 'target: 0.3 % of a core');
  print(
    'redis-server, idle processor',
    baseline,
    '%',
    'baseline: what this machine makes of one that does nothing',
  );
  const ratios = used.map((share, index) => share / (baseline[index] ?? Number.NaN));
  print('manager to redis-server', ratios, '', '');
  await dropNamespace(namespace);
}

/** What each process takes of a processor meanwhile, in percent. */
async function sharesOf(pids: readonly number[]): Promise<readonly number[]> {
  const before = pids.map(processorSeconds);
  await sleep(idleSeconds * 1000);
  return pids.map((pid, index) => ((processorSeconds(pid) - (before[index] ?? 0)) / idleSeconds) * 100);
}
