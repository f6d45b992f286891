import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareHistories, type History } from './divergence.ts';

const own = (
  replicationId: string,
  offset: number,
  more: Partial<Parameters<typeof compareHistories>[0]> = {},
) => ({
  replicationId,
  offset,
  keys: 5,
  hasLed: false,
  ...more,
});
/** It was promoted at offset 100 of history `a`. */
const primary: History = { replicationId: 'b', offset: 150, forkedFrom: { replicationId: 'a', upTo: 100 } };

test('what the primary has too is not divergent, wherever it ends', () => {
  for (const { replicationId, offset } of [
    { replicationId: 'a', offset: 80 },
    { replicationId: 'a', offset: 100 },
    { replicationId: 'b', offset: 150 },
  ]) {
    assert.deepEqual(compareHistories(own(replicationId, offset, { hasLed: true }), primary), {
      kind: 'none',
    });
  }
});

test('what goes beyond the point where the primary was promoted is divergent from there on', () => {
  const further = compareHistories(own('a', 130, { keys: 0 }), primary);
  assert.deepEqual(further, { kind: 'range', replicationId: 'a', from: 100, to: 130 });
});

test('a replica that was made a primary by hand diverges from there on, if it took anything', () => {
  const forkedFrom = { replicationId: 'b', upTo: 140 };
  assert.deepEqual(compareHistories(own('c', 170, { forkedFrom }), primary), {
    kind: 'range',
    replicationId: 'c',
    from: 140,
    to: 170,
  });
  assert.deepEqual(compareHistories(own('c', 140, { forkedFrom }), primary), { kind: 'none' });
});

test('where histories cannot be compared, only who never led and has just loaded its files has nothing of its own', () => {
  assert.deepEqual(compareHistories(own('x', 1), primary), { kind: 'none' });
  assert.deepEqual(compareHistories(own('x', 1, { hasLed: true }), primary), { kind: 'unknown' });
  assert.deepEqual(compareHistories(own('x', 1, { hasLed: true, keys: 0 }), primary), { kind: 'none' });
  assert.deepEqual(compareHistories(own('x', 700), primary), { kind: 'unknown' });
  // A copy that came without a history is the primary's own.
  assert.deepEqual(compareHistories(own('', 700), { ...primary, replicationId: '' }), { kind: 'none' });
});
