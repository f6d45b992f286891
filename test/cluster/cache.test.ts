import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cached, clusterFolder, clusterFolders } from './cache.ts';

const parent = mkdtempSync(join(tmpdir(), 'cache-test-'));
test.after(() => rmSync(parent, { recursive: true }));

const build = async (folder: string): Promise<void> => writeFileSync(join(folder, 'program'), '');

test('a thing is built once and then found', async () => {
  let builds = 0;
  const counted = async (folder: string): Promise<void> => {
    builds += 1;
    await build(folder);
  };
  const folders = [await cached('thing-1', counted, parent), await cached('thing-1', counted, parent)];
  assert.deepEqual(folders, [join(parent, 'thing-1'), join(parent, 'thing-1')]);
  assert.ok(existsSync(join(parent, 'thing-1', 'program')));
  assert.equal(builds, 1);
});

test('a build that fails leaves nothing behind', async () => {
  const failing = async (folder: string): Promise<void> => {
    await build(folder);
    throw new Error('no space left');
  };
  await assert.rejects(cached('thing-2', failing, parent), /no space left/);
  assert.deepEqual(
    readdirSync(parent).filter((name) => name.startsWith('thing-2')),
    [],
  );
});

test('two who build the same at once both get it whole', async () => {
  const both = await Promise.all([cached('thing-3', build, parent), cached('thing-3', build, parent)]);
  assert.deepEqual(new Set(both), new Set([join(parent, 'thing-3')]));
  assert.deepEqual(
    readdirSync(parent).filter((name) => name.startsWith('thing-3')),
    ['thing-3'],
  );
});

test('clusters of every name are found, and nothing else', (context) => {
  const { REDIS_OPERATOR_CACHE: before } = process.env;
  const cache = join(parent, 'cache');
  process.env['REDIS_OPERATOR_CACHE'] = cache;
  context.after(() => {
    delete process.env['CLUSTER_NAME'];
    if (before === undefined) delete process.env['REDIS_OPERATOR_CACHE'];
    else process.env['REDIS_OPERATOR_CACHE'] = before;
  });
  assert.deepEqual(clusterFolders(), []);
  for (const folder of ['cluster', 'clustered', 'cluster-second', 'kube-1'])
    mkdirSync(join(cache, folder), { recursive: true });
  writeFileSync(join(cache, 'cluster.lock'), '');
  assert.equal(clusterFolder(), join(cache, 'cluster'));
  process.env['CLUSTER_NAME'] = 'second';
  assert.equal(clusterFolder(), join(cache, 'cluster-second'));
  assert.deepEqual(clusterFolders().toSorted(), [join(cache, 'cluster'), join(cache, 'cluster-second')]);
});
