import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { test } from 'node:test';
import { sessionFile, tellSession, yieldProcessors } from './yielding.ts';

test('what yields has the lowest priority, in a session that has it too', () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const pid = child.pid ?? assert.fail('it was not started');
  try {
    yieldProcessors(child);
    assert.equal(getPriority(pid), constants.priority.PRIORITY_LOW);
    const session = sessionFile(pid);
    if (existsSync(session) && tellSession(pid)) assert.match(readFileSync(session, 'utf8'), / nice 19$/m);
  } finally {
    child.kill('SIGKILL');
  }
});
