import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryOut } from './check.ts';

/**
 * What is told of a program that does this when it is tried out. `onStart` is called once it runs, with its pid and the folder
 * that it finds in $FOLDER.
 */
async function tryOutScript(
  lines: string,
  limit: AbortSignal,
  onStart: (pid: number, folder: string) => void = () => undefined,
) {
  const folder = await mkdtemp(join(tmpdir(), 'check-'));
  try {
    const path = join(folder, 'manager');
    await writeFile(path, `#!/bin/sh\n${lines}\n`);
    await chmod(path, 0o755);
    const environment = { ...process.env, FOLDER: folder };
    const started = (pid: number): void => onStart(pid, folder);
    const checked = { path, version: '2', architecture: process.arch, environment, onStart: started };
    return await tryOut(checked, limit);
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

test('what a binary has started and leaves behind is not waited for', async () => {
  const limit = new AbortController();
  let left: Promise<number> | undefined;
  const refusal = await tryOutScript(
    'sleep 20 & echo $! >"$FOLDER/left"; wait',
    limit.signal,
    (_, folder) => {
      left = numberIn(join(folder, 'left')).finally(() => limit.abort());
    },
  );
  const pid = (await left) ?? assert.fail('it was not started');
  // A process that has ended has none.
  assert.match(await readFile(`/proc/${pid}/cmdline`, 'utf8'), /sleep/, 'it runs still');
  process.kill(pid, 'SIGKILL');
  assert.equal(refusal?.kind, 'refused');
});

/** Resolves once it lies there. */
async function numberIn(path: string): Promise<number> {
  for (let text = ''; ; await sleep(5)) {
    text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
  }
}

test('a binary that does not run, or says what does not fit, is unfit for good', async () => {
  for (const [lines, why] of [
    ['exit 3', /does not run here/],
    ['echo nothing', /does not say what it can do/],
  ] as const) {
    const refusal = await tryOutScript(lines, new AbortController().signal);
    assert.equal(refusal?.kind, 'unfit');
    assert.match(refusal.why, why);
  }
});
