import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, minutes, seconds } from '../../../time/units.ts';
import { hold } from '../failover/step.ts';
import type { ClusterView } from '../view.ts';
import {
  heldWith,
  instances,
  now,
  podWith,
  primary,
  replica,
  reported,
  silent,
  viewWith,
} from '../views.fixture.ts';
import { type Assessment, assess } from './assess.ts';

const assessed = (change: Partial<ClusterView>, because = 'of a reason'): Assessment =>
  assess({ view: viewWith(change), step: hold(because), obstacles: [], problems: [] });

const others = (one: ReturnType<typeof replica>) => ({ instances: instances(primary(0), one, replica(2)) });

test('a cluster is healthy when all are ready, the primary serves in its term and all replicas are in sync', () => {
  const { phase, ready, primary: named, replicas } = assessed({});
  assert.equal(phase, 'Healthy');
  assert.deepEqual(ready, ['shop-0', 'shop-1', 'shop-2']);
  assert.deepEqual([named.name, named.serves], ['shop-0', true]);
  assert.deepEqual(replicas, { wanted: 2, inSync: ['shop-1', 'shop-2'] });
});

test('an instance that is not ready, or is going, counts for nothing', () => {
  for (const change of [{ ready: false }, { deleting: true }]) {
    const { phase, ready } = assessed(others(replica(1, { pod: podWith(1, change) })));
    assert.deepEqual([phase, ready], ['Degraded', ['shop-0', 'shop-2']]);
  }
});

test('a replica is in sync only by its own proof, with the primary that the tenure names', () => {
  const upstream = { address: 'a', linkUp: true, syncInProgress: false, lagBytes: 0, heardMsAgo: 0 };
  const wrong = [
    reported(1, { upstream: { ...upstream, pod: 'shop-0', inSync: false } }),
    reported(1, { upstream: { ...upstream, pod: 'shop-2', inSync: true } }),
    reported(1, { upstream: undefined }),
    reported(1, { podUID: 'of the pod before' }),
    silent,
  ];
  for (const sighting of wrong) {
    const { phase, replicas } = assessed(others(replica(1, { sighting })));
    assert.deepEqual([phase, replicas.inSync], ['Degraded', ['shop-2']]);
  }
});

test('that a replica cannot load the data it is sent is told in the words of Redis', () => {
  const sighting = reported(1, { syncRefused: "Can't handle RDB format version 80", upstream: undefined });
  assert.deepEqual(assessed(others(replica(1, { sighting }))).troubles, [
    { reason: 'DataRefused', message: "shop-1: Can't handle RDB format version 80" },
  ]);
});

test('a primary of another term, or that is silent, does not serve, and the doubt is told', () => {
  for (const sighting of [
    reported(0, { role: 'primary', term: 2 }),
    reported(0, { role: 'fenced' }),
    silent,
  ]) {
    const { phase, primary: named } = assessed({
      instances: instances(primary(0, { sighting }), replica(1), replica(2)),
    });
    assert.deepEqual([phase, named.serves, named.doubt], ['Degraded', false, 'of a reason']);
  }
});

test('instances beyond what is wanted are not counted', () => {
  const { phase, ready, wanted } = assessed({ wantedInstances: 2 });
  assert.deepEqual([phase, ready, wanted], ['Scaling', ['shop-0', 'shop-1'], 2]);
});

test('a cluster of one needs no replica', () => {
  const { phase, replicas } = assessed({ wantedInstances: 1, instances: instances(primary(0)) });
  assert.deepEqual([phase, replicas], ['Healthy', { wanted: 0, inSync: [] }]);
});

test('until there has been a primary it is being created; later what is missing is a degradation', () => {
  const missing = { instances: instances(primary(0), replica(1), replica(2, { pod: undefined })) };
  assert.equal(assessed({ ...missing, tenure: { kind: 'vacant' } }).phase, 'Creating');
  const appointed = heldWith({ current: undefined });
  assert.equal(assessed({ ...missing, tenure: appointed }).phase, 'Creating');
  assert.equal(assessed(missing).phase, 'Degraded');
  const young = { name: 'shop', namespace: 'orders', uid: 'u1', createdAt: after(now, minutes(-4)) };
  assert.equal(assessed({ ...missing, cluster: young }).phase, 'Creating');
});

test('a tenure that cannot be read blocks the cluster, and a deletion outranks everything', () => {
  const unreadable = { kind: 'unreadable', problem: 'no sense' } as const;
  const { phase, primary: named } = assessed({ tenure: unreadable });
  assert.deepEqual([phase, named.name, named.serves], ['Blocked', undefined, false]);
  assert.equal(assessed({ tenure: unreadable, deleting: true }).phase, 'Deleting');
});

test('a spec that cannot be carried out blocks the cluster, though it serves', () => {
  const problems = [{ field: 'spec.a', message: 'spec.a: wrong' }];
  const step = hold('the primary serves');
  const { phase, primary: named } = assess({ view: viewWith(), step, obstacles: [], problems });
  assert.deepEqual([phase, named.serves], ['Blocked', true]);
});

test('troubles name the instance: what the kubelet says, a name that is taken', () => {
  const stuck = { reason: 'ImagePullFailed', message: 'no such image', kind: 'stuck' } as const;
  const { troubles } = assessed({
    instances: instances(
      primary(0, { pod: podWith(0, { trouble: stuck }) }),
      replica(1, { pod: podWith(1, { owner: 'foreign' }) }),
    ),
  });
  assert.deepEqual(troubles, [
    { reason: 'ImagePullFailed', message: 'shop-0: no such image' },
    { reason: 'PodNameTaken', message: 'shop-1 exists and belongs to another controller' },
  ]);
});

test('what Redis refuses is told in its words alone, once however many instances refuse it', () => {
  const refusing = (ordinal: number) => ({ sighting: reported(ordinal, { configError: 'hz: bogus' }) });
  const { configErrors } = assessed({
    instances: instances(primary(0), replica(1, refusing(1)), replica(2, refusing(2))),
  });
  assert.deepEqual(configErrors, [{ reason: 'ConfigRejected', message: 'hz: bogus' }]);
});

test('a fenced primary, and one that is yet to be confirmed, is a failover under way, unless nobody can follow', () => {
  const fenced = { tenure: heldWith({ fencedFor: seconds(1) }) };
  assert.equal(assessed(fenced).phase, 'FailingOver');
  assert.equal(assessed({ tenure: heldWith({ current: 'shop-1' }) }).phase, 'FailingOver');
  const step = hold('nobody can follow', { blocked: 'NoCandidate' });
  const lost = { ...fenced, instances: instances(primary(0, { sighting: silent }), replica(1), replica(2)) };
  assert.equal(assess({ view: viewWith(lost), step, obstacles: [], problems: [] }).phase, 'Degraded');
});

test('whether somebody could follow is told before anything has failed', () => {
  assert.equal(assessed({}).failoverBlocked, undefined);
  const alone = {
    instances: instances(primary(0), replica(1, { sighting: silent }), replica(2, { sighting: silent })),
  };
  assert.equal(assessed(alone).failoverBlocked?.reason, 'NoCandidate');
  const policy = { ...viewWith().policy, minSyncReplicas: 1 };
  assert.equal(assessed({ policy }).failoverBlocked, undefined);
  const oneLeft = instances(primary(0), replica(1), replica(2, { sighting: silent }));
  assert.equal(assessed({ policy, instances: oneLeft }).failoverBlocked?.reason, 'NotEnoughInSync');
  const unreadable = { userFence: { kind: 'unreadable', problem: 'no JSON' } } as const;
  assert.equal(assessed(unreadable).failoverBlocked?.reason, 'Fenced');
});
