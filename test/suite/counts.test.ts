import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCounts, countStep, describeCounts, judgedAgain } from './counts.ts';

const none = { passed: 0, failed: 0, skipped: 0 };

test('a command counts as one test', () => {
  assert.deepEqual(countStep(0, undefined), { ...none, passed: 1 });
  assert.deepEqual(countStep(1, undefined), { ...none, failed: 1 });
  assert.deepEqual(countStep(null, undefined), { ...none, failed: 1 });
});

test('test files that run no test have failed', () => {
  assert.deepEqual(countStep(0, none), { ...none, failed: 1 });
});

test('test files that end badly although every test passed have failed', () => {
  assert.deepEqual(countStep(1, { ...none, passed: 7 }), { passed: 7, failed: 1, skipped: 0 });
});

test('failed tests are counted as they are', () => {
  const counted = { passed: 7, failed: 2, skipped: 1 };
  assert.deepEqual(countStep(1, counted), counted);
});

test('of tests that were late those have failed that fail when they are run again', () => {
  const first = { passed: 7, failed: 2, skipped: 1 };
  assert.deepEqual(judgedAgain(first, { ...none, passed: 4 }), { passed: 9, failed: 0, skipped: 1 });
  assert.deepEqual(judgedAgain(first, { ...none, passed: 3, failed: 1 }), {
    passed: 8,
    failed: 1,
    skipped: 1,
  });
});

test('the last line says how many passed and failed, and skipped only if any were', () => {
  const sum = addCounts([{ passed: 7, failed: 2, skipped: 0 }, countStep(0, undefined)]);
  assert.equal(describeCounts(sum), '8 passed, 2 failed');
  assert.equal(describeCounts({ ...sum, skipped: 3 }), '8 passed, 2 failed, 3 skipped');
});
