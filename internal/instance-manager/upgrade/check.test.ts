import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tryOut } from './check.ts';

/** What is told of a program that does this when it is tried out; `onStart` is called once it runs. */
async function tryOutScript(lines: string, limit: AbortSignal, onStart: (pid: number) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'check-'));
  try {
    const path = join(folder, 'manager');
    await writeFile(path, `#!/bin/sh\n${lines}\n`);
    await chmod(path, 0o755);
    const { arch: architecture, env: environment } = process;
    return await tryOut({ path, version: '2', architecture, environment, onStart }, limit);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a binary that has not answered in time may be tried again, and is ended', async () => {
  const limit = new AbortController();
  let started: number | undefined;
  const refusal = await tryOutScript('exec sleep 600', limit.signal, (pid) => {
    started = pid;
    limit.abort();
  });
  assert.deepEqual(refusal, { kind: 'refused', why: 'the binary was not tried out in time' });
  assert.throws(() => process.kill(started ?? assert.fail('it was not started'), 0), { code: 'ESRCH' });
});

test('a binary that does not run, or says what does not fit, is unfit for good', async () => {
  for (const [lines, why] of [
    ['exit 3', /does not run here/],
    ['echo nothing', /does not say what it can do/],
  ] as const) {
    const refusal = await tryOutScript(lines, new AbortController().signal, () => undefined);
    assert.equal(refusal?.kind, 'unfit');
    assert.match(refusal.why, why);
  }
});
