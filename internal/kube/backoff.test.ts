import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { milliseconds, seconds } from '../time/units.ts';
import { backoff, longer } from './backoff.ts';

const limits = { first: milliseconds(400), most: seconds(30) };

test('the wait doubles with each failure, up to its limit', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((failures) => backoff(failures, limits, 1));
  assert.deepEqual(waits, [400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test('half of each wait is left to chance', () => {
  assert.equal(backoff(1, limits, 0), 200);
  assert.equal(backoff(1, limits, 0.5), 300);
  assert.equal(backoff(20, limits, 0), 15_000);
});

test('however often it fails, the wait is a number within its limits', () => {
  const law = fc.property(
    fc.integer({ min: 1 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (failures, random) => {
      const wait = backoff(failures, limits, random);
      assert.ok(wait >= limits.first / 2 && wait <= limits.most, String(wait));
    },
  );
  fc.assert(law, { seed: 1 });
});

test('of two waits the longer one counts', () => {
  assert.equal(longer(seconds(1), seconds(2)), 2000);
  assert.equal(longer(seconds(2), seconds(1)), 2000);
});
