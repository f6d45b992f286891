import { setTimeout as sleep } from 'node:timers/promises';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';
import { getJson } from '../e2e/kubectl.ts';
import { print } from './figures.ts';
import { mainProcess, memoryOf } from './process.ts';

const system = 'redis-operator-system';

/** What the operator takes with one cluster and with twenty, of one instance each. */
export async function measureOperatorFootprint(): Promise<void> {
  const namespace = newName('bench-operator');
  await makeNamespace(namespace);
  const clusters = Array.from({ length: 20 }, (_, index) => new TestCluster(namespace, `redis-${index}x`));
  await bringUp(clusters.slice(0, 1));
  print('operator with one cluster, RSS', [await operatorRss()], 'MB', 'target: 120 MB');
  await bringUp(clusters.slice(1));
  print('operator with twenty clusters, RSS', [await operatorRss()], 'MB', 'target: 120 MB');
  await dropNamespace(namespace);
}

/** Few at a time: the nodes have two processors between them. */
async function bringUp(clusters: readonly TestCluster[]): Promise<void> {
  for (const cluster of clusters) {
    await cluster.apply({ instances: 1 });
    await cluster.healthy(120);
  }
  await sleep(15_000);
}

async function operatorRss(): Promise<number> {
  const pods = await getJson<{ items: readonly { metadata: { name: string } }[] }>(
    'pods',
    '-n',
    system,
    '-l',
    'app.kubernetes.io/name=redis-operator',
    '--field-selector=status.phase=Running',
  );
  const pod = pods.items[0]?.metadata.name ?? '';
  return memoryOf(await mainProcess(system, pod, 'manager')).rss;
}
