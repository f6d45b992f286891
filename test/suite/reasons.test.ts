import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonOf } from './reasons.ts';

test('a reason is one line, with what it came from', () => {
  const seen = new Error('phase:\n  Degraded');
  assert.equal(reasonOf(new Error('not within 5 s', { cause: seen })), 'not within 5 s (phase: Degraded)');
});

test('several tries have a reason each', () => {
  const tries = new AggregateError([new Error('one'), new Error('two')], 'not once');
  assert.equal(reasonOf(tries), 'not once (one; two)');
});

test('what node:test wraps around an error says nothing of its own', () => {
  const wrapped = Object.assign(new Error('x'), { failureType: 'testCodeFailure', cause: new Error('why') });
  assert.equal(reasonOf(wrapped), 'why');
});

test('whatever is thrown has a reason, of a length that can be read', () => {
  assert.equal(reasonOf('text'), 'text');
  assert.equal(reasonOf(undefined), 'undefined');
  assert.equal(reasonOf(new Error('x'.repeat(700))), `${'x'.repeat(600)}…`);
});
