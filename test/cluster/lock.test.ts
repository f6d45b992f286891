import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../internal/time/system-clock.ts';
import { milliseconds } from '../../internal/time/units.ts';
import { withLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lock-test-'));
test.after(() => rmSync(folder, { recursive: true }));

test('only one at a time holds a lock', async () => {
  const file = join(folder, 'shared');
  let holders = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    holders += 1;
    most = Math.max(most, holders);
    await systemClock.sleep(milliseconds(20));
    holders -= 1;
  };
  await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
  assert.equal(most, 1);
  assert.equal(existsSync(file), false);
});

test('a lock whose holder has ended is taken over', async () => {
  const file = join(folder, 'stale');
  writeFileSync(file, String(spawnSync('true').pid));
  assert.equal(await withLock(file, async () => 'done'), 'done');
});

test('a lock is given back when the work fails', async () => {
  const file = join(folder, 'failed');
  await assert.rejects(
    withLock(file, async () => {
      throw new Error('the work failed');
    }),
    /the work failed/,
  );
  assert.equal(await withLock(file, async () => 'done'), 'done');
});
