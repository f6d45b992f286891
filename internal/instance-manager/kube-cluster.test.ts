import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Annotation } from '../../api/v1/names.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { ClusterFacts } from './facts.ts';
import { KubeCluster, type KubeClusterPorts } from './kube-cluster.ts';

/** What an instance reads in a RedisCluster with this spec, these annotations and this status. */
async function factsOf(
  spec: unknown,
  annotations: Readonly<Record<string, string>> = {},
  status: unknown = {},
): Promise<ClusterFacts | undefined> {
  const metadata = { name: 'orders', namespace: 'shop', uid: 'u', resourceVersion: '7', annotations };
  const object = { apiVersion: 'redis.io/v1', kind: 'RedisCluster', metadata, spec, status } as KubeObject;
  const ports = { kube: { get: () => Promise.resolve(object) } } as unknown as KubeClusterPorts;
  const source = new KubeCluster({ namespace: 'shop', name: 'orders' }, ports, () => undefined);
  return await source.read(new AbortController().signal);
}

test('the patience with a silent primary is the spec’s, and what the schema gives when that says nothing of use', async () => {
  assert.equal((await factsOf({ failover: { silenceSeconds: 7 } }))?.silenceSeconds, 7);
  for (const spec of [{}, undefined, { failover: null }, { failover: { silenceSeconds: '7' } }])
    assert.equal((await factsOf(spec))?.silenceSeconds, 3);
  assert.equal((await factsOf({ failover: { silenceSeconds: 0 } }))?.silenceSeconds, 3);
});

test('a tenure of which a part makes no sense is told from none', async () => {
  assert.equal((await factsOf({}))?.tenureUnreadable, false);
  assert.equal((await factsOf({}, {}, { term: 'seven', targetPrimary: 'orders-0' }))?.tenureUnreadable, true);
});

test('the user’s fence is read from the annotation', async () => {
  assert.deepEqual((await factsOf({}))?.fencedPods, []);
  const fenced = { [Annotation.fencedInstances]: '["orders-1"]' };
  assert.deepEqual((await factsOf({}, fenced))?.fencedPods, ['orders-1']);
  assert.equal((await factsOf({}, { [Annotation.fencedInstances]: 'orders-1' }))?.fencedPods, 'unreadable');
});
