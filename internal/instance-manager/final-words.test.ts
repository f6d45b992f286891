import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearFinal, noWords } from './final-words.ts';

const heard = (...lines: readonly string[]) => lines.reduce(hearFinal, noWords);

test('a crash report tells where the stream ended', () => {
  assert.deepEqual(heard('------ INFO OUTPUT ------', 'master_repl_offset:1234', 'second_repl_offset:-1'), {
    offset: 1234,
    handedOverTo: undefined,
  });
});

test('an end in order tells whether every replica had all', () => {
  const line = '1:M 02 Jan 2026 10:00:00.000 * 2 of 2 replicas are in sync when shutting down.';
  assert.equal(heard(line).handedOverTo, 2);
  assert.equal(heard(line.replace('2 of 2', '1 of 2')).handedOverTo, undefined);
});

test('a data set counts as saved at the end only if it was saved after the end had begun', () => {
  const [begins, done] = ['* Saving the final RDB snapshot before exiting.', '* DB saved on disk'];
  assert.equal(heard(done).saved, undefined);
  assert.equal(heard(done, begins).saved, false);
  assert.equal(heard(begins, done).saved, true);
});

test('what merely looks like it tells nothing', () => {
  assert.deepEqual(heard("argv[1]: 'master_repl_offset:5'", 'Ready to accept connections'), noWords);
});
