import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { receive } from './receive.ts';

const pieces = ['one ', 'two ', 'three'].map((text) => Buffer.from(text));
const whole = Buffer.concat(pieces);
const right = { bytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') };
const never = new AbortController().signal;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'receive-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('what comes in pieces lies there whole, and may be run', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'draft');
    assert.equal(await receive(Readable.from(pieces), path, right, never), undefined);
    assert.deepEqual(await readFile(path), whole);
    assert.equal((await stat(path)).mode & 0o777, 0o755);
    assert.equal(
      await receive(Readable.from(pieces), path, right, never),
      undefined,
      'and again in its place',
    );
  }));

test('what is shorter, longer or another than announced is thrown away, and so is what was there', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'draft');
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ bytes: whole.length + 1 }, /has 13 bytes, and 14 were announced/],
      [{ bytes: whole.length - 1 }, /longer than the 12 bytes/],
      [{ sha256: 'a'.repeat(64) }, /SHA-256/],
    ];
    for (const [change, why] of wrong) {
      assert.equal(await receive(Readable.from(pieces), path, right, never), undefined);
      const refusal = await receive(Readable.from(pieces), path, { ...right, ...change }, never);
      assert.equal(refusal?.kind, 'unfit');
      assert.match(refusal.why, why);
      assert.deepEqual(await readdir(folder), []);
    }
  }));

test('who holds the rest back is not waited for, and may try again', () =>
  inFolder(async (folder) => {
    const limit = new AbortController();
    const stuck = new Readable({ read: () => undefined });
    stuck.push(pieces[0]);
    const received = receive(stuck, join(folder, 'draft'), right, limit.signal);
    limit.abort();
    assert.deepEqual(await received, { kind: 'refused', why: 'the binary did not come in time' });
    assert.deepEqual(await readdir(folder), []);
  }));

test('a folder that cannot be written is a reason', async () => {
  const refusal = await receive(Readable.from(pieces), '/proc/no/such/folder', right, never);
  assert.match(refusal?.why ?? '', /ENOENT|EACCES|EPERM/);
});
