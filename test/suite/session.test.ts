import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { giveTurn, niceness, sessionFile } from '../cluster/niceness.ts';
import { startSession } from './session.ts';

for (const turn of ['first', 'fair', 'last'] as const) {
  test(`what comes ${turn} has its priority, in a session that has it too`, () => {
    const child = startSession('sleep', ['60'], turn, { stdio: 'ignore' });
    const pid = child.pid ?? assert.fail('it was not started');
    try {
      const isGiven = giveTurn(pid, turn);
      // Not everybody may come first; and a session may be told nothing in a container.
      if (isGiven || turn !== 'first')
        assert.equal(getPriority(pid), turn === 'fair' ? getPriority() : niceness[turn]);
      const session = sessionFile(pid);
      if (isGiven && existsSync(session))
        assert.match(readFileSync(session, 'utf8'), new RegExp(` nice ${niceness[turn]}$`, 'm'));
    } finally {
      child.kill('SIGKILL');
    }
  });
}
