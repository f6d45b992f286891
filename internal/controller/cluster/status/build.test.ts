import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { toRfc3339 } from '../../../time/units.ts';
import { hold } from '../failover/step.ts';
import {
  claimWith,
  clusterWith,
  instances,
  now,
  podWith,
  primary,
  replica,
  reported,
  silent,
  viewWith,
} from '../views.fixture.ts';
import { buildStatus, type StatusInputs } from './build.ts';
import { worthWriting } from './changed.ts';

const earlier = '2020-01-01T00:00:00Z';
const tenure = { term: 3, targetPrimary: 'shop-0', currentPrimary: 'shop-0', primarySince: earlier };

const built = (change: Partial<StatusInputs> = {}): RedisClusterStatus =>
  buildStatus({
    cluster: clusterWith({ instances: 3 }, { status: tenure }),
    view: viewWith(),
    step: hold('the primary serves'),
    obstacles: [],
    problems: [],
    ...change,
  });

const tenureIn = (status: RedisClusterStatus) => [
  status.term,
  status.targetPrimary,
  status.currentPrimary,
  status.primarySince,
];

test('the tenure, a fence and the last failover stay as they lie there: their own steps alone change them', () => {
  assert.deepEqual(tenureIn(built()), [3, 'shop-0', 'shop-0', earlier]);
  const lastFailover = { at: earlier, from: 'shop-1', to: 'shop-0', because: 'it exited' };
  const status = { ...tenure, targetPrimaryUID: 'uid-0', primaryFencedSince: earlier, lastFailover };
  const kept = built({ cluster: clusterWith({ instances: 3 }, { status }) });
  assert.deepEqual([kept.targetPrimaryUID, kept.primaryFencedSince], ['uid-0', earlier]);
  assert.deepEqual(kept.lastFailover, lastFailover);
});

test('a tenure that cannot be read is written back exactly as it was found (I13)', () => {
  const nonsense = { term: 3, currentPrimary: 'shop-0' };
  const cluster = clusterWith({ instances: 3 }, { status: nonsense });
  assert.ok(cluster.tenureProblem !== undefined);
  const view = viewWith({ tenure: { kind: 'unreadable', problem: cluster.tenureProblem } });
  const { term, targetPrimary, currentPrimary, phase } = built({ cluster, view });
  assert.deepEqual([term, targetPrimary, currentPrimary, phase], [3, undefined, 'shop-0', 'Blocked']);
});

test('it says which spec it is about, how many pods there are, and how to find them', () => {
  const status = built();
  assert.equal(status.observedGeneration, 7);
  assert.deepEqual([status.instances, status.readyInstances], [3, 3]);
  assert.equal(status.selector, 'redis.io/cluster=shop,redis.io/workload=data');
  assert.equal(status.image, 'redis:7.2');
  assert.deepEqual(status.healthyPVC, ['shop-0', 'shop-1', 'shop-2']);
});

test('each pod of ours has an entry with its address, and a pod of others has none', () => {
  const view = viewWith({
    instances: instances(primary(0), replica(1, { pod: podWith(1, { owner: 'foreign' }) }), replica(2)),
  });
  const { instancesStatus = {}, instances: count } = built({ view });
  assert.deepEqual(Object.keys(instancesStatus), ['shop-0', 'shop-2']);
  assert.equal(count, 2);
  assert.deepEqual(instancesStatus['shop-0'], {
    podUID: 'uid-0',
    ip: '10.0.0.0',
    role: 'primary',
    connected: true,
    inSync: true,
    replicationOffset: 100,
    version: 'redis 7.2.4',
    lastSeenAt: toRfc3339(now),
  });
  assert.equal(instancesStatus['shop-2']?.masterLinkStatus, 'up');
});

test('an instance that is silent keeps when it was last seen, and nothing else of what it said', () => {
  const before = { role: 'replica', connected: true, inSync: true, version: 'redis 7', lastSeenAt: earlier };
  const cluster = clusterWith(
    { instances: 3 },
    { status: { ...tenure, instancesStatus: { 'shop-1': before } } },
  );
  const view = viewWith({ instances: instances(primary(0), replica(1, { sighting: silent }), replica(2)) });
  assert.deepEqual(built({ cluster, view }).instancesStatus?.['shop-1'], {
    podUID: 'uid-1',
    ip: '10.0.0.1',
    role: 'unknown',
    connected: false,
    inSync: false,
    version: 'redis 7',
    lastSeenAt: earlier,
  });
});

test('a report of a pod that is no more is not taken for one of the pod that is', () => {
  const sighting = reported(1, { podUID: 'of the pod before' });
  const view = viewWith({ instances: instances(primary(0), replica(1, { sighting }), replica(2)) });
  assert.equal(built({ view }).instancesStatus?.['shop-1']?.connected, false);
});

test('what was asked for and has no effect yet is told with what it waits for', () => {
  const annotations = { 'redis.io/hibernation': 'on', 'example.com/other': 'x' };
  const cluster = clusterWith({ instances: 3, storage: { size: '5Gi' } }, { metadata: { annotations } });
  const view = viewWith({
    instances: instances(
      primary(0, { pod: podWith(0, { specHash: 'older' }) }),
      replica(1, { claim: claimWith({ requestedBytes: 5n * 2n ** 30n }) }),
      replica(2, { pod: podWith(2, { owner: 'foreign', specHash: 'other' }), claim: undefined }),
    ),
  });
  const pending = built({ cluster, view }).pendingChanges ?? [];
  assert.deepEqual(
    pending.map(({ field }) => field),
    ['spec', 'spec.storage.size', 'metadata.annotations[redis.io/hibernation]'],
  );
  assert.match(pending[0]?.reason ?? '', /^shop-0 is older than the spec/);
  assert.match(pending[1]?.reason ?? '', /^the volume of shop-0 is smaller/);
  assert.deepEqual(built().pendingChanges, []);
});

test('built again from what was written, it says nothing new (I10)', () => {
  const first = built();
  const cluster = clusterWith({ instances: 3 }, { status: JSON.parse(JSON.stringify(first)) });
  assert.equal(worthWriting(cluster.status, built({ cluster })), false);
});

test('the largest cluster that a spec allows fits into the bounds of a status', () => {
  const ordinals = Array.from({ length: 50 }, (_, ordinal) => ordinal);
  const all = ordinals.map((ordinal) =>
    replica(ordinal, {
      pod: podWith(ordinal, { specHash: 'older' }),
      claim: claimWith({ requestedBytes: 1n }),
    }),
  );
  const view = viewWith({
    wantedInstances: 50,
    instances: instances(...all),
    wantedHash: new Map(all.map(({ name }) => [name, 'hash'])),
  });
  const status = built({ cluster: clusterWith({ instances: 50 }, { status: tenure }), view });
  const cluster = clusterWith({ instances: 50 }, { status });
  assert.deepEqual(
    cluster.status,
    status,
    'the parser, whose bounds are those of the definition, takes all of it',
  );
});
