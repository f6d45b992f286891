import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRedisCluster } from './redis-cluster.ts';
import { readTenure } from './tenure.ts';

const time = '2026-01-31T12:00:00Z';
const whole = {
  term: 3,
  targetPrimary: 'shop-0',
  currentPrimary: 'shop-0',
  primaryFencedSince: time,
  primarySince: time,
};
const problemsOf = (status: unknown): readonly string[] => {
  const reading = readTenure(status);
  assert.equal(reading.kind, 'unreadable', JSON.stringify(status));
  return reading.kind === 'unreadable' ? reading.problems.map(({ message }) => message) : [];
};

test('a whole tenure is held as it is written', () => {
  assert.deepEqual(readTenure({ ...whole, phase: 'Healthy' }), { kind: 'held', ...whole });
  assert.deepEqual(readTenure({ term: 1, targetPrimary: 'a' }), {
    kind: 'held',
    term: 1,
    targetPrimary: 'a',
  });
});

test('no status, or one without any part of a tenure, means that nobody was ever appointed', () => {
  for (const status of [undefined, null, {}, { phase: 'Creating', conditions: [] }])
    assert.deepEqual(readTenure(status), { kind: 'none' });
});

test('half a tenure is unreadable, never partly believed, and what is missing is named (I13)', () => {
  const { term: _term, ...withoutTerm } = whole;
  const { targetPrimary: _target, ...withoutTarget } = whole;
  assert.match(problemsOf(withoutTerm).join(), /^status\.term is missing/);
  assert.match(problemsOf(withoutTarget).join(), /^status\.targetPrimary is missing/);
  assert.match(
    problemsOf({ primaryFencedSince: time }).join(),
    /^status\.term is missing.*primaryFencedSince/,
  );
});

test('a part that makes no sense makes all of it unreadable, with the field and its value (I13)', () => {
  const nonsense: readonly (readonly [object, RegExp])[] = [
    [{ term: 0 }, /status\.term: 0 is wrong/],
    [{ term: -1 }, /status\.term/],
    [{ term: 1.5 }, /status\.term/],
    [{ term: '3' }, /status\.term: "3" is wrong/],
    [{ term: 2 ** 53 }, /status\.term/],
    [{ term: null }, /status\.term/],
    [{ targetPrimary: '' }, /status\.targetPrimary/],
    [{ targetPrimary: 7 }, /status\.targetPrimary/],
    [{ currentPrimary: {} }, /status\.currentPrimary: an object is wrong/],
    [{ primaryFencedSince: 'yesterday' }, /status\.primaryFencedSince/],
  ];
  for (const [change, words] of nonsense) assert.match(problemsOf({ ...whole, ...change }).join(), words);
});

test('whatever lies in a status, reading it never throws, and what is held has a term and a primary', () => {
  const status = fc.oneof(
    fc.anything(),
    fc.record(
      { term: fc.anything(), targetPrimary: fc.anything(), primaryFencedSince: fc.anything() },
      { requiredKeys: [] },
    ),
  );
  const law = fc.property(status, (raw) => {
    const reading = readTenure(raw);
    if (reading.kind !== 'held') return;
    assert.ok(Number.isSafeInteger(reading.term) && reading.term >= 1);
    assert.ok(reading.targetPrimary.length > 0);
  });
  fc.assert(law, { seed: 1, numRuns: 1000 });
});

test('a status of nonsense leaves the spec readable, and its tenure as it lies there', () => {
  const raw = (status: unknown): unknown => ({
    metadata: { name: 'shop', namespace: 'orders', uid: 'u' },
    spec: {},
    status,
  });
  const output = parseRedisCluster(raw({ ...whole, phase: 'Great', instances: 'many' }));
  assert.ok(output.ok);
  assert.deepEqual([output.value.status, output.value.tenureProblem], [whole, undefined]);
  const tenure = parseRedisCluster(raw({ term: 'three', targetPrimary: 'shop-0' }));
  assert.ok(tenure.ok);
  assert.deepEqual(tenure.value.status, { term: 'three', targetPrimary: 'shop-0' });
  assert.match(tenure.value.tenureProblem ?? '', /status\.term/);
});
