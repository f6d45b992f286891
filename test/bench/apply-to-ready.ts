import { dropNamespace, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';
import { print } from './figures.ts';

const rounds = 5;

/** From `kubectl apply` of three instances to phase Healthy. */
export async function measureApplyToReady(): Promise<void> {
  const namespace = newName('bench-ready');
  await makeNamespace(namespace);
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const cluster = new TestCluster(namespace, `redis-${round}x`);
    const start = performance.now();
    await cluster.apply({ instances: 3 });
    await cluster.healthy(60);
    took.push((performance.now() - start) / 1000);
  }
  print('three instances, apply to Healthy', took, 's', 'target: 15 s');
  await dropNamespace(namespace);
}
