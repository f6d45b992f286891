import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingDirectives } from './pending.ts';

const directive = (name: string, ...words: readonly string[]) => ({ name, words });

test('a directive that is new, gone or changed waits for a restart; the password does not', () => {
  const started = [directive('hz', '10'), directive('save', ''), directive('requirepass', 'old')];
  const wanted = [directive('hz', '20'), directive('timeout', '5'), directive('requirepass', 'new')];
  assert.deepEqual(pendingDirectives(started, wanted), ['hz', 'save', 'timeout']);
});

test('of directives that override each other the last one counts, however it is spelt', () => {
  const started = [directive('hz', '10'), directive('HZ', '20')];
  assert.deepEqual(pendingDirectives(started, [directive('hz', '20')]), []);
});
