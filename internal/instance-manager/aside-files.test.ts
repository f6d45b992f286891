import assert from 'node:assert/strict';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AsideFiles, type Snapshots } from './aside-files.ts';

const patient = new AbortController().signal;

/** A folder in which snapshots are written as redis-server does: to another name, then in place of the last one. */
async function folderOf(context: TestContext, { usedMemory = 10, keepsSnapshots = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'aside-'));
  context.after(() => rm(folder, { recursive: true }));
  const snapshots: Snapshots = {
    snapshot: async () => {
      await writeFile(join(folder, 'temp.rdb'), 'REDIS');
      await rename(join(folder, 'temp.rdb'), join(folder, 'dump.rdb'));
    },
    footprint: () => Promise.resolve({ usedMemory, keepsSnapshots }),
  };
  return {
    files: new AsideFiles(folder, snapshots),
    folder,
    kept: () => readdir(join(folder, 'diverged')),
    all: () => readdir(folder),
  };
}

test('a copy is kept under its name, and no snapshot is left that a later start would load', async (context) => {
  const { files, folder, kept, all } = await folderOf(context);
  const file = join(folder, 'diverged', 'one.rdb');
  assert.deepEqual(await files.keep('one', patient), { kind: 'kept', file, bytes: 5 });
  assert.deepEqual([await kept(), await all()], [['one.rdb'], ['diverged']]);
});

test('where snapshots are the data set, it stays', async (context) => {
  const { files, all } = await folderOf(context, { keepsSnapshots: true });
  await files.keep('one', patient);
  assert.deepEqual(await all(), ['diverged', 'dump.rdb']);
});

test('only the newest few are kept', async (context) => {
  const { files, kept } = await folderOf(context);
  for (const name of ['1', '2', '3', '4', '5']) await files.keep(name, patient);
  assert.deepEqual(await kept(), ['3.rdb', '4.rdb', '5.rdb']);
});

test('a volume without room for it is left as it is', async (context) => {
  const { files, all } = await folderOf(context, { usedMemory: 2 ** 60 });
  const { kind } = await files.keep('one', patient);
  assert.deepEqual([kind, await all()], ['noRoom', []]);
});

test('a snapshot that lay there before is never taken for a new one', async (context) => {
  const { folder, kept } = await folderOf(context);
  await writeFile(join(folder, 'dump.rdb'), 'REDIS');
  const footprint = () => Promise.resolve({ usedMemory: 1, keepsSnapshots: true });
  const files = new AsideFiles(folder, { snapshot: () => Promise.resolve(), footprint });
  await assert.rejects(files.keep('one', patient), /a new snapshot is a new file/);
  assert.deepEqual(await kept(), []);
});
