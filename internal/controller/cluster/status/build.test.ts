import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { instant, toRfc3339 } from '../../../time/units.ts';
import { hold } from '../failover/step.ts';
import { happeningsBetween } from '../happenings.ts';
import { older } from '../planned/every-view.fixture.ts';
import type { ClusterView } from '../view.ts';
import {
  claimWith,
  clusterWith,
  instances,
  now,
  plannedWith,
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
  const status = {
    ...tenure,
    targetPrimaryUID: 'uid-0',
    targetPrimaryRun: 'run-0',
    primaryFencedSince: earlier,
    lastFailover,
  };
  const kept = built({ cluster: clusterWith({ instances: 3 }, { status }) });
  assert.deepEqual([kept.targetPrimaryUID, kept.primaryFencedSince], ['uid-0', earlier]);
  assert.equal(kept.targetPrimaryRun, 'run-0');
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
  const annotations = { 'redis.io/hibernation': 'perhaps', 'example.com/other': 'x' };
  const cluster = clusterWith({ instances: 3, storage: { size: '5Gi' } }, { metadata: { annotations } });
  const view = viewWith({
    storage: { type: 'pvc', storageClassName: undefined, sizeBytes: 5n * 2n ** 30n, autoGrow: undefined },
    instances: instances(
      primary(0, {
        pod: podWith(0, { parts: older }),
        claim: claimWith({ refusal: { bytes: 5n * 2n ** 30n, because: 'the class forbids it' } }),
      }),
      replica(1, { claim: claimWith({ requestedBytes: 5n * 2n ** 30n }) }),
      replica(2, { pod: podWith(2, { owner: 'foreign', parts: older }), claim: undefined }),
    ),
  });
  const pending = (change: Partial<ClusterView>) =>
    built({ cluster, view: { ...view, ...change } }).pendingChanges ?? [];
  const fields = ['spec.storage.size', 'metadata.annotations[redis.io/hibernation]'];
  assert.deepEqual(
    pending({}).map(({ field }) => field),
    fields,
  );
  const leftAlone = pending({ reconcileDisabled: true });
  assert.deepEqual(
    leftAlone.map(({ field }) => field),
    ['spec', ...fields],
  );
  assert.match(leftAlone[0]?.reason ?? '', /^shop-0 would have to be made anew.*left alone.*its image is/);
  assert.match(leftAlone[1]?.reason ?? '', /^shop-data-0: the class forbids it/);
  assert.deepEqual(built().pendingChanges, []);
});

test('directives that wait for a start are told in one entry, with the instances that wait', () => {
  const waits = (ordinal: number) => ({ sighting: reported(ordinal, { pendingRestart: ['databases'] }) });
  const view = viewWith({ instances: instances(primary(0), replica(1, waits(1)), replica(2, waits(2))) });
  assert.deepEqual(built({ view }).pendingChanges, [
    { field: 'spec.redis', reason: 'at its next start shop-1 takes databases; shop-2 takes databases' },
  ]);
});

test('a maxmemory that waits is told with what each instance waits for, and nothing of a start', () => {
  const waits = (ordinal: number, maxMemoryWaitsFor: 'room' | 'data') => ({
    sighting: reported(ordinal, { pendingRestart: ['maxmemory'], memory: { maxMemoryWaitsFor } }),
  });
  const all = [primary(0), replica(1, waits(1, 'room')), replica(2, waits(2, 'data'))];
  assert.deepEqual(built({ view: viewWith({ instances: instances(...all) }) }).pendingChanges, [
    {
      field: 'spec.memory',
      reason: 'maxmemory is set when shop-1 has more memory, when shop-2 holds less data',
    },
  ]);
});

test('when settings were set live, or a password taken, is told, and kept when a new manager knows nothing of it', () => {
  const [settingsSetAt, passwordTakenAt] = [now - 5000, now - 9000];
  const said = reported(1, { settingsSetAt, passwordTakenAt });
  const view = viewWith({ instances: instances(primary(0), replica(1, { sighting: said }), replica(2)) });
  const [at, takenAt] = [settingsSetAt, passwordTakenAt].map((time) => toRfc3339(instant(time)));
  const cluster = clusterWith({ instances: 3 }, { status: built({ view }) });
  for (const { instancesStatus } of [built({ view }), built({ cluster })]) {
    assert.equal(instancesStatus?.['shop-1']?.configReloadedAt, at);
    assert.equal(instancesStatus?.['shop-1']?.passwordTakenAt, takenAt);
    assert.equal(instancesStatus?.['shop-2']?.configReloadedAt, undefined);
  }
});

test('an update is told of from the first outdated pod until the last new one is whole, each with its reason', () => {
  const outdated = replica(2, { pod: podWith(2, { parts: older }) });
  const begun = built({ view: viewWith({ instances: instances(primary(0), replica(1), outdated) }) });
  assert.equal(begun.phase, 'Updating');
  const because = 'its image is redis:7.0 and should be redis:7.2';
  assert.deepEqual(begun.rollingUpdate, { because, outdated: [{ pod: 'shop-2', reason: 'Image', because }] });
  const again = clusterWith({ instances: 3 }, { status: begun });
  const late = viewWith({ instances: instances(primary(0), replica(1), replica(2, { pod: undefined })) });
  const going = built({ cluster: again, view: late });
  assert.deepEqual([going.phase, going.rollingUpdate], ['Updating', { because, outdated: [] }]);
  const ended = built({ cluster: again });
  assert.deepEqual([ended.phase, ended.rollingUpdate], ['Healthy', undefined]);
  assert.equal(built({ view: late }).rollingUpdate, undefined, 'a pod that was lost is no update');
  assert.deepEqual([told(begun), told(ended, begun)], [['RollingUpdateStarted'], ['RollingUpdateCompleted']]);
});

const told = (now: RedisClusterStatus, before: RedisClusterStatus = built()): readonly string[] =>
  happeningsBetween({ ...before, phase: 'Healthy' }, now).map(({ reason }) => reason);

test('more instances are Scaling until they are whole, and fewer until they are gone; a lost one is neither', () => {
  const whole = built();
  const grown = viewWith({
    wantedInstances: 4,
    instances: instances(primary(0), replica(1), replica(2), replica(3, { pod: undefined })),
  });
  const grows = built({ cluster: clusterWith({ instances: 4 }, { status: whole }), view: grown });
  assert.equal(grows.phase, 'Scaling');
  assert.deepEqual(
    happeningsBetween(whole, grows).map(({ reason }) => reason),
    ['ScaleUp'],
  );
  const lost = viewWith({ instances: instances(primary(0), replica(1), replica(2, { pod: undefined })) });
  assert.equal(
    built({ cluster: clusterWith({ instances: 3 }, { status: whole }), view: lost }).phase,
    'Degraded',
  );
  const shrinks = built({ view: viewWith({ wantedInstances: 2 }) });
  assert.equal(shrinks.phase, 'Scaling');
  assert.deepEqual(
    happeningsBetween(whole, shrinks).map(({ reason }) => reason),
    ['ScaleDown'],
  );
});

test('a primary that waits for people says so in phase, condition and one event', () => {
  const view = viewWith({
    planned: plannedWith({ primaryUpdate: 'supervised' }),
    instances: instances(primary(0, { pod: podWith(0, { parts: older }) }), replica(1), replica(2)),
  });
  const waiting = built({ view });
  assert.equal(waiting.phase, 'WaitingForUser');
  const condition = waiting.conditions?.find(({ type }) => type === 'PrimaryUpdateWaiting');
  assert.deepEqual([condition?.status, condition?.reason], ['True', 'ApprovalNeeded']);
  assert.match(condition?.message ?? '', /shop-0 is the primary.*redis\.io\/approve-primary-update=true/);
  const reasons = (before: RedisClusterStatus) =>
    happeningsBetween(before, waiting).map(({ reason }) => reason);
  assert.ok(reasons(built()).includes('PrimaryUpdatePaused'));
  assert.deepEqual(reasons(waiting), []);
});

test('asleep is a phase and a condition, told once at each end, and no failover that is blocked', () => {
  const planned = plannedWith({ hibernating: true });
  const gone = (n: number) => replica(n, { pod: undefined, sighting: { kind: 'absent' } });
  const step = hold('nobody can follow', { blocked: 'NoCandidate' });
  const asleep = built({
    view: viewWith({ planned, instances: instances(gone(0), gone(1), gone(2)) }),
    step,
  });
  assert.equal(asleep.phase, 'Hibernating');
  const condition = (type: string) => asleep.conditions?.find((one) => one.type === type);
  assert.deepEqual([condition('Hibernated')?.status, condition('Ready')?.status], ['True', 'False']);
  const reasons = (before: RedisClusterStatus, now: RedisClusterStatus) =>
    happeningsBetween(before, now).map(({ reason }) => reason);
  assert.deepEqual(reasons(built(), asleep), ['Hibernating']);
  assert.deepEqual(reasons(asleep, built()), ['ClusterReady', 'Resuming']);
  const open = built({ view: viewWith({ planned: plannedWith({ maintenance: true }) }) });
  assert.deepEqual(reasons(built(), open), ['MaintenanceWindowStarted']);
  assert.deepEqual(reasons(open, built()), ['MaintenanceWindowEnded']);
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
      pod: podWith(ordinal, { parts: { ...older, image: 'x'.repeat(512) } }),
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
