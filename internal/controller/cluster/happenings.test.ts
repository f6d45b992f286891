import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import { happeningsBetween } from './happenings.ts';

const with1 = (divergentData?: { readonly kept: boolean; readonly message: string }): RedisClusterStatus => ({
  instancesStatus: {
    'shop-1': { role: 'replica', connected: true, inSync: false, ...(divergentData && { divergentData }) },
  },
});

test('what became of data that one instance alone had is told once, and whether it was kept', () => {
  const [kept, lost] = [true, false].map((saved) => with1({ kept: saved, message: `saved: ${saved}` }));
  assert.deepEqual(happeningsBetween(with1(), kept), [
    { type: 'Warning', reason: 'DivergentDataKept', message: 'shop-1: saved: true' },
  ]);
  assert.deepEqual(happeningsBetween(kept, kept), []);
  assert.deepEqual(
    happeningsBetween(kept, lost).map(({ reason }) => reason),
    ['DivergentDataLost'],
  );
});

const entry = { role: 'replica', connected: true, inSync: true } as const;
const reloaded = (at: string): RedisClusterStatus => ({
  instancesStatus: { 'shop-0': { ...entry, configReloadedAt: at }, 'shop-1': entry },
});
const refused = (message: string): RedisClusterStatus => ({
  conditions: [
    {
      type: 'SpecValid',
      status: 'False',
      reason: 'ConfigRejected',
      message,
      lastTransitionTime: '2030-01-01T00:00:00Z',
    },
  ],
});
const reasons = (before: RedisClusterStatus, now: RedisClusterStatus): readonly string[] =>
  happeningsBetween(before, now).map(({ reason }) => reason);

test('settings that were set live are told once for each time, with the instances', () => {
  const [first, second] = [reloaded('2030-01-01T00:00:00Z'), reloaded('2030-01-01T00:00:01Z')];
  const [happening] = happeningsBetween({}, first);
  assert.equal(happening?.reason, 'ConfigReloaded');
  assert.match(happening?.message ?? '', /shop-0$/);
  assert.deepEqual(reasons(first, first), []);
  assert.deepEqual(reasons(first, second), ['ConfigReloaded']);
  assert.deepEqual(reasons(second, {}), []);
});

test('another password is told of once for each time, with the instances that take it', () => {
  const taken = (at: string): RedisClusterStatus => ({
    instancesStatus: { 'shop-0': { ...entry, passwordTakenAt: at }, 'shop-1': entry },
  });
  const [first, second] = [taken('2030-01-01T00:00:00Z'), taken('2030-01-01T00:00:01Z')];
  const [happening] = happeningsBetween({}, first);
  assert.equal(happening?.reason, 'SecretRotated');
  assert.match(
    happening?.message ?? '',
    /of shop-0 takes the new password, and the former one for 5 minutes/,
  );
  assert.deepEqual(reasons(first, first), []);
  assert.deepEqual(reasons(first, second), ['SecretRotated']);
});

test('what Redis refuses is told once for its words', () => {
  assert.deepEqual(reasons({}, refused('hz: bogus')), ['ConfigRejected']);
  assert.deepEqual(reasons(refused('hz: bogus'), refused('hz: bogus')), []);
  assert.deepEqual(reasons(refused('hz: bogus'), refused('maxclients: bogus')), ['ConfigRejected']);
  assert.deepEqual(reasons(refused('hz: bogus'), {}), []);
});

const scaling = (
  phase: 'Scaling' | 'SwitchingOver' | 'Healthy',
  reason: string = phase,
  observedGeneration = 2,
): RedisClusterStatus => ({
  phase,
  observedGeneration,
  conditions: [
    {
      type: 'Progressing',
      status: 'True',
      reason,
      message: 'words',
      lastTransitionTime: '2030-01-01T00:00:00Z',
    },
  ],
});
const toldOf = (way: readonly RedisClusterStatus[]): readonly string[] =>
  way.slice(1).flatMap((now, index) => reasons(way[index] ?? {}, now));

test('one way down is told once, though the primary is handed over in the middle of it; so is one way up', () => {
  const before = scaling('Healthy', 'Complete', 1);
  const [blocked, down] = [scaling('Scaling', 'SwitchoverBlocked'), scaling('Scaling', 'ScalingDown')];
  const handedOver = scaling('SwitchingOver', 'SwitchoverBlocked');
  assert.deepEqual(toldOf([before, down, blocked, handedOver, down, down]), ['ScaleDown']);
  assert.deepEqual(toldOf([before, scaling('SwitchingOver', 'Complete', 1), down, down]), ['ScaleDown']);
  assert.deepEqual(toldOf([before, scaling('Scaling'), scaling('Scaling')]), ['ScaleUp']);
});
