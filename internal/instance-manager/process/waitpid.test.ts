import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWaitPid } from './waitpid.ts';

test('the C library answers: what is no child of ours cannot be collected', () => {
  const waitPid = loadWaitPid();
  assert.equal(waitPid(process.pid), -1);
});
