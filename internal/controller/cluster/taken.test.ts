import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kube } from '../../kube/kube.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { systemClock } from '../../time/system-clock.ts';
import { seconds } from '../../time/units.ts';
import { settleTaken, type Taken } from './taken.ts';
import { clusterWith } from './views.fixture.ts';

const cluster = clusterWith({ instances: 3 });

/** Settles what lies at the API server; tells what was patched there, and what people are told. */
async function settle(live: KubeObject | undefined, kind: Taken['kind']) {
  const patched: unknown[] = [];
  const kube: Pick<Kube, 'get' | 'patch'> = {
    get: async <Kind extends KubeObject>() => (await Promise.resolve(live)) as Kind | undefined,
    patch: async <Kind extends KubeObject>(_: unknown, __: unknown, change: unknown) => {
      patched.push(change);
      return (await Promise.resolve(live)) as Kind;
    },
  };
  const signal = systemClock.deadline(seconds(5));
  const obstacles = await settleTaken({ kind, ordinal: 1 }, cluster, { kube: kube as Kube }, signal);
  return { patched, told: obstacles.map(({ message }) => message) };
}

const object = (metadata: Partial<KubeObject['metadata']>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'shop-data-1', namespace: 'orders', resourceVersion: '7', ...metadata },
});
const stranger = { apiVersion: 'v1', kind: 'StatefulSet', name: 'old', uid: 'u9', controller: true };

test('what the caches have yet to show, and what is gone again, is left to the next tick', async () => {
  const ours = object({ labels: { 'redis.io/cluster': 'shop' } });
  for (const live of [ours, undefined])
    for (const kind of ['createClaim', 'createPod'] as const)
      assert.deepEqual(await settle(live, kind), { patched: [], told: [] });
});

test('a claim that has lost its label is given it, in the version that was seen: it may hold data (I5)', async () => {
  const { patched, told } = await settle(object({}), 'createClaim');
  assert.deepEqual(told, []);
  const [change] = patched as readonly { metadata: { resourceVersion: string; labels: object } }[];
  assert.equal(change?.metadata.resourceVersion, '7');
  assert.equal(new Map(Object.entries(change.metadata.labels)).get('redis.io/cluster'), 'shop');
});

test('what somebody else controls, and a pod that is not ours, is told of and left alone', async () => {
  assert.deepEqual(await settle(object({ ownerReferences: [stranger] }), 'createClaim'), {
    patched: [],
    told: ['shop-data-1 exists and belongs to StatefulSet old'],
  });
  assert.deepEqual(await settle(object({}), 'createPod'), {
    patched: [],
    told: ['shop-1 exists and is not of this cluster'],
  });
});
