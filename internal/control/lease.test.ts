import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leasePolicy } from './lease.ts';

/** Every patience that the schema allows at both ends, and the default. */
const patiences = [2, 3, 4, 5, 10, 60, 3600];

test('a silent primary is replaced within the patience, all waits included', () => {
  for (const patience of patiences) {
    const { suspicion, settling } = leasePolicy(patience);
    assert.ok(suspicion + settling < patience * 1000, `${patience} s`);
  }
});

test('a fence settles only after every lease has run out and every gate is closed, on the slower of two clocks too', () => {
  for (const patience of patiences) {
    const { lease, closing, settling } = leasePolicy(patience);
    assert.ok(settling > (lease + closing) * 1.01, `${patience} s`);
  }
});

test('two grants may be lost before a primary has to stop writing, one before it is suspected', () => {
  for (const patience of patiences) {
    const { lease, grantEvery, suspicion } = leasePolicy(patience);
    assert.ok(grantEvery < lease / 3, `${patience} s`);
    assert.ok(grantEvery < suspicion / 1.9, `${patience} s`);
  }
});

test('with the default patience of three seconds a primary is asked twice a second', () => {
  assert.deepEqual(
    Object.values(leasePolicy(3)).map((length) => Math.round(length)),
    [1000, 1650, 150, 1868, 500],
  );
});
