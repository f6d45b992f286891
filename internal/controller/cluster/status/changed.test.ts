import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceStatus, RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { worthWriting } from './changed.ts';

const entry: InstanceStatus = { role: 'replica', connected: true, inSync: true, ip: '10.0.0.1' };
const status: RedisClusterStatus = {
  phase: 'Healthy',
  term: 3,
  targetPrimary: 'shop-0',
  currentPrimary: 'shop-0',
  instancesStatus: { 'shop-0': { ...entry, role: 'primary' }, 'shop-1': entry },
  conditions: [
    { type: 'Ready', status: 'True', reason: 'A', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    {
      type: 'SpecValid',
      status: 'True',
      reason: 'B',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
};
const withReplica = (change: Partial<InstanceStatus>): RedisClusterStatus => ({
  ...status,
  instancesStatus: { ...status.instancesStatus, 'shop-1': { ...entry, ...change } },
});

test('what grows by itself is not worth a write, or an idle cluster would write for ever (I10)', () => {
  assert.equal(worthWriting(status, status), false);
  const grown = { replicationOffset: 5, replicaLagBytes: 1, lastSeenAt: '2026-01-01T00:00:09Z' };
  assert.equal(worthWriting(status, withReplica(grown)), false);
  assert.equal(worthWriting(withReplica(grown), status), false);
});

test('everything else is', () => {
  const changes: readonly RedisClusterStatus[] = [
    { ...status, phase: 'Degraded' },
    { ...status, term: 4 },
    { ...status, targetPrimary: 'shop-1' },
    withReplica({ inSync: false }),
    withReplica({ ip: '10.0.0.2' }),
    withReplica({ masterLinkStatus: 'down' }),
    { ...status, instancesStatus: { 'shop-0': entry } },
    { ...status, conditions: (status.conditions ?? []).toReversed() },
    {},
  ];
  for (const changed of changes) {
    assert.equal(worthWriting(status, changed), true, JSON.stringify(changed));
    assert.equal(worthWriting(changed, status), true, JSON.stringify(changed));
  }
  assert.equal(worthWriting(undefined, status), true);
});

test('a status that the API server gives back with its keys in another order says nothing new (I10)', () => {
  const names = Array.from({ length: 12 }, (_, ordinal) => `shop-${ordinal}`);
  const byOrdinal = { ...status, instancesStatus: Object.fromEntries(names.map((name) => [name, entry])) };
  const stored = inAlphabeticalOrder(byOrdinal) as RedisClusterStatus;
  assert.deepEqual(Object.keys(stored.instancesStatus ?? {}).slice(0, 3), ['shop-0', 'shop-1', 'shop-10']);
  assert.equal(worthWriting(stored, byOrdinal), false);
});

test('what is not there is the same as what is undefined', () => {
  const untouched = { ...status, primarySince: undefined } as unknown as RedisClusterStatus;
  assert.equal(worthWriting(status, untouched), false);
});

/** As it comes back from the API server. */
function inAlphabeticalOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inAlphabeticalOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, inAlphabeticalOrder(field)]));
}
