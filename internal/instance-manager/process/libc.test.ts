import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadLibc } from './libc.ts';

test('what is no child of ours cannot be collected', () => {
  assert.equal(loadLibc().collect(process.pid), undefined);
});

test('a child that has not ended is not collected', (context) => {
  const child = spawn('/bin/sleep', ['5'], { stdio: 'ignore' });
  context.after(() => child.kill('SIGKILL'));
  assert.equal(loadLibc().collect(child.pid ?? 0), undefined);
  assert.ok(existsSync(`/proc/${child.pid}`));
});

test('a descriptor is closed when the program is replaced, or kept, as it is told', (context) => {
  const fd = openSync('/dev/null', 'r');
  context.after(() => closeSync(fd));
  const closes = (): boolean => /^flags:\s*\d*2\d{6}$/m.test(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
  const libc = loadLibc();
  assert.ok(closes());
  libc.keepAcrossExec(fd, 'kept');
  assert.ok(!closes());
  libc.keepAcrossExec(fd, 'closed');
  assert.ok(closes());
  assert.throws(() => libc.keepAcrossExec(12_345, 'kept'), /descriptor 12345/);
});
