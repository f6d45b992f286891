import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hold } from '../failover/step.ts';
import { happeningsBetween } from '../happenings.ts';
import { buildStatus } from '../status/build.ts';
import type { ClaimFacts, ClusterView } from '../view.ts';
import {
  claimWith,
  clusterWith,
  everyOne,
  instances,
  podWith,
  primary,
  replica,
  reported,
  silent,
  viewWith,
} from '../views.fixture.ts';
import { decideStorage, growthOf } from './decide.ts';

const gibibytes = (count: bigint): bigint => count * 2n ** 30n;
const storage = {
  type: 'pvc',
  storageClassName: undefined,
  sizeBytes: gibibytes(2n),
  autoGrow: undefined,
} as const;
const refusal = { bytes: gibibytes(2n), because: 'the class forbids it' };
const seen = (claim: ClaimFacts | undefined, change: Partial<ClusterView> = {}): ClusterView =>
  viewWith({ storage, wantedInstances: 1, instances: instances(primary(0, { claim })), ...change });

const everyClaim = everyOne<
  Pick<ClaimFacts, 'bound' | 'deleting' | 'requestedBytes' | 'capacityBytes' | 'refusal'>
>({
  bound: [true, false],
  deleting: [true, false],
  requestedBytes: [1n, 2n, 3n].map(gibibytes),
  capacityBytes: [undefined, ...[1n, 2n, 3n].map(gibibytes)],
  refusal: [undefined, refusal, { ...refusal, bytes: gibibytes(1n) }],
});

test('a claim asks for more exactly when it asks for too little and may be asked; it never shrinks', () => {
  for (const facts of everyClaim) {
    const steps = decideStorage(seen(claimWith(facts)));
    const may = facts.bound && !facts.deleting && facts.refusal?.bytes !== storage.sizeBytes;
    const expected = may && facts.requestedBytes < storage.sizeBytes;
    assert.equal(steps.length, expected ? 1 : 0, String(facts.requestedBytes));
    for (const { bytes, uid } of steps) {
      assert.ok(bytes > facts.requestedBytes);
      assert.deepEqual([bytes, uid], [storage.sizeBytes, 'claim-uid']);
    }
  }
});

test('all claims grow at once, of instances too that are silent, full, missing, or not wanted', () => {
  const small = claimWith();
  const view = viewWith({
    storage,
    wantedInstances: 3,
    instances: instances(
      primary(0, { claim: small, sighting: silent }),
      replica(1, { claim: small, pod: undefined }),
      replica(2, { claim: small, pod: podWith(2, { ready: false }) }),
      replica(3, { claim: small }),
    ),
  });
  assert.deepEqual(
    decideStorage(view).map(({ claim }) => claim),
    ['shop-data-0', 'shop-data-1', 'shop-data-2', 'shop-data-3'],
  );
});

test('nothing grows of a cluster that is being deleted or left alone, that has no claims, or of somebody else', () => {
  const small = claimWith();
  const changes: readonly Partial<ClusterView>[] = [
    { deleting: true },
    { reconcileDisabled: true },
    { storage: { ...storage, type: 'emptyDir' } },
    { instances: instances(primary(0, { claim: small, pod: podWith(0, { owner: 'foreign' }) })) },
    { instances: instances(primary(0, { claim: undefined })) },
  ];
  for (const change of changes) assert.deepEqual(decideStorage(seen(small, change)), []);
});

test('a volume that grows by itself takes one step when it is full enough, up to its limit', () => {
  const autoGrow = { thresholdPercent: 80, stepBytes: gibibytes(1n), limitBytes: gibibytes(5n) };
  const whole = (count: bigint) =>
    claimWith({ requestedBytes: gibibytes(count), capacityBytes: gibibytes(count) });
  const next = (claim: ClaimFacts, usedBytes: number, change: object = {}) => {
    const sighting = reported(0, { volume: { totalBytes: 100, usedBytes } });
    const view = {
      storage: { ...storage, autoGrow },
      instances: instances(primary(0, { claim, sighting, ...change })),
    };
    return decideStorage(viewWith({ wantedInstances: 1, ...view })).map(({ bytes }) => bytes);
  };
  assert.deepEqual(next(whole(2n), 79.9), []);
  assert.deepEqual(next(whole(2n), 80), [gibibytes(3n)]);
  assert.deepEqual(next(whole(4n), 99), [gibibytes(5n)]);
  assert.deepEqual(next(whole(5n), 99), [], 'the limit');
  const half = {
    ...whole(4n),
    requestedBytes: gibibytes(4n) + gibibytes(1n) / 2n,
    capacityBytes: gibibytes(5n),
  };
  assert.deepEqual(next(half, 99), [gibibytes(5n)], 'no further than the limit');
  assert.deepEqual(next({ ...whole(3n), capacityBytes: gibibytes(2n) }, 99), [], 'the last step first');
  assert.deepEqual(next(whole(1n), 10), [gibibytes(2n)], 'what the user says all the same');
  assert.deepEqual(next(whole(2n), 99, { sighting: silent }), [], 'nobody knows');
});

test('growth is told of until the volume is as large as the claim asks for', () => {
  const asked = claimWith({ requestedBytes: gibibytes(2n) });
  assert.deepEqual(growthOf(seen(asked)), [
    { kind: 'resizing', claim: 'shop-data-0', because: 'shop-data-0 has 1073741824 of 2147483648 bytes' },
  ]);
  assert.deepEqual(growthOf(seen({ ...asked, capacityBytes: gibibytes(2n) })), []);
  assert.deepEqual(growthOf(seen({ ...asked, capacityBytes: undefined })), []);
  assert.equal(growthOf(seen({ ...asked, resizeError: 'no room' }))[0]?.kind, 'failed');
  assert.equal(growthOf(seen(claimWith({ refusal })))[0]?.because, 'shop-data-0: the class forbids it');
});

test('its beginning, its end and its failure are one event each, beside the condition', () => {
  const cluster = clusterWith({ instances: 1, storage: { size: '2Gi' } });
  const statusOf = (claim: ClaimFacts) =>
    buildStatus({ cluster, view: seen(claim), step: hold('it serves'), obstacles: [], problems: [] });
  const whole = statusOf(claimWith({ requestedBytes: gibibytes(2n), capacityBytes: gibibytes(2n) }));
  const growing = statusOf(claimWith({ requestedBytes: gibibytes(2n) }));
  const failed = statusOf(claimWith({ refusal }));
  const reasons = (before: typeof whole, now: typeof whole) =>
    happeningsBetween(before, now)
      .map(({ reason }) => reason)
      .filter((reason) => reason.startsWith('PVC'));
  assert.deepEqual(reasons(whole, growing), ['PVCResizeStarted']);
  assert.deepEqual(reasons(growing, growing), []);
  assert.deepEqual(reasons(growing, whole), ['PVCResizeCompleted']);
  assert.deepEqual(reasons(whole, failed), ['PVCResizeFailed']);
  const condition = failed.conditions?.find(({ type }) => type === 'PVCResizeInProgress');
  assert.deepEqual([condition?.status, condition?.reason], ['False', 'Failed']);
  assert.ok(!whole.conditions?.some(({ type }) => type === 'PVCResizeInProgress'));
});
