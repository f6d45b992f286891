import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { childrenOf, parseStat, statOf } from './stat.ts';

test('a name with anything in it does not shift what comes after it', () => {
  const rest = Array.from({ length: 17 }, (_, index) => index).join(' ');
  assert.deepEqual(parseStat(`7 (a) Z 9 (b) S 1 ${rest} 42 0`), { state: 'S', parent: 1, startedTicks: 42 });
});

test('a child is found with its parent, and what is gone is nothing', (context) => {
  const child = spawn('/bin/sleep', ['5'], { stdio: 'ignore' });
  context.after(() => child.kill('SIGKILL'));
  const found = childrenOf(process.pid).find(({ pid }) => pid === child.pid);
  // It may have begun to sleep between the two looks.
  assert.equal(found?.stat.startedTicks, statOf(child.pid ?? 0)?.startedTicks);
  assert.equal(found?.stat.parent, process.pid);
  assert.equal(statOf(2 ** 30), undefined);
});
