import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Redis } from 'ioredis';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds, seconds } from '../../../internal/time/units.ts';
import { type Running, until, untilReport } from './running.ts';
import { isPrimary, type World, worldOf } from './world.ts';

const markOf = ({ layout }: Running): string => join(layout.dataFolder, '.redis-operator/rdb-outdates-aof');
const field = (info: string, name: string): string =>
  new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';

interface Syncs {
  readonly full: number;
  readonly partial: number;
}
async function syncsOf(client: Redis): Promise<Syncs> {
  const info = await client.info('stats');
  return { full: Number(field(info, 'sync_full')), partial: Number(field(info, 'sync_partial_ok')) };
}

const kill = (pid: number | undefined): void => {
  process.kill(pid ?? assert.fail('it has no pid'), 'SIGKILL');
};
const pidOf = async (one: Running): Promise<number | undefined> => (await one.report()).process.pid;

const inSync = (one: Running) => untilReport(one, 'is in sync', ({ upstream }) => upstream?.inSync === true);

/** A primary and a replica in sync with it, and some keys. */
async function pairOf(context: TestContext, redis: Readonly<Record<string, string>> = {}) {
  const world = await worldOf(context, 2, { redis: { 'enable-debug-command': 'yes', ...redis } });
  const [one, two] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  await inSync(two);
  await settled(two);
  const client = one.client();
  const filling = client.pipeline();
  for (let count = 0; count < 300; count += 1) filling.set(`key:${count}`, 'x'.repeat(100));
  await filling.exec();
  await sameData(client, two.client());
  return { world, one, two, client };
}

/** Resolves once everything is appended and no mark says otherwise. */
const settled = (one: Running): Promise<true> =>
  until('its append-only file is complete', async () => {
    const info = await one.client().info('persistence');
    const busy = field(info, 'aof_rewrite_in_progress') !== '0' || field(info, 'aof_enabled') !== '1';
    return busy || existsSync(markOf(one)) ? undefined : true;
  });

async function sameData(one: Redis, other: Redis): Promise<void> {
  await until('both hold the same', async () => {
    const [mine, theirs] = [await one.call('DEBUG', 'DIGEST'), await other.call('DEBUG', 'DIGEST')];
    return mine === theirs ? true : undefined;
  });
  assert.equal(await one.dbsize(), await other.dbsize());
}

/** Writes one key after another until it is stopped; the number acknowledged. */
function load(client: Redis): () => Promise<number> {
  let going = true;
  const writing = (async () => {
    let count = 0;
    while (going) {
      await client.set(`load:${count}`, String(count));
      count += 1;
    }
    return count;
  })();
  return () => {
    going = false;
    return writing;
  };
}

async function setAll(world: World, redis: Readonly<Record<string, string>>): Promise<void> {
  world.api.write({ spec: { ...world.spec, redis: { 'enable-debug-command': 'yes', ...redis } } });
  await systemClock.sleep(milliseconds(400));
}

/** It is started again, with every key and the one that was written last, and what its primary has. */
async function comesBackWhole(world: World, client: Redis): Promise<void> {
  const again = await world.start(1);
  assert.equal((await again.report()).data.keys, 301);
  await inSync(again);
  await sameData(client, again.client());
}

test('a replica that is restarted in order under load goes on where it ended: no full resynchronisation', async (context) => {
  const { world, two, client } = await pairOf(context);
  const before = await syncsOf(client);
  const stopLoad = load(client);
  assert.equal(await two.stop(), 0);
  assert.ok(existsSync(markOf(two)));
  const again = await world.start(1);
  await inSync(again);
  const count = await stopLoad();
  await settled(again);
  const after = await syncsOf(client);
  context.diagnostic(
    `${count} writes, full ${after.full - before.full}, partial ${after.partial - before.partial}`,
  );
  assert.deepEqual(after, { full: before.full, partial: before.partial + 1 });
  await sameData(client, again.client());
  assert.equal(await again.client().config('GET', 'appendonly').then(String), 'appendonly,yes');

  // What came by the stream is in its append-only file by now.
  kill(await pidOf(again));
  const dead = await again.report();
  await untilReport(
    again,
    'runs again',
    ({ process }) => process.pid !== dead.process.pid && process.state === 'running',
  );
  await inSync(again);
  await sameData(client, again.client());
});

test('one that is killed while it saves at its end loses nothing: its append-only file is the newer one', async (context) => {
  const { world, two, client } = await pairOf(context);
  await client.set('last', 'word');
  await sameData(client, two.client());
  // 300 keys of 10 ms each.
  await two.client().config('SET', 'rdb-key-save-delay', '10000');
  const pid = await pidOf(two);
  const ending = two.stop();
  await until('it saves', async () =>
    two.log.some((line) => /Saving the final RDB/.test(line)) ? true : undefined,
  );
  kill(pid);
  assert.equal(await ending, 0);
  assert.equal(existsSync(markOf(two)), false);
  await comesBackWhole(world, client);
});

test('one whose manager ends before it has set the mark starts from its append-only file', async (context) => {
  const { world, two, client } = await pairOf(context);
  await client.set('last', 'word');
  await sameData(client, two.client());
  assert.equal(await two.stop(), 0);
  await rm(markOf(two));
  await comesBackWhole(world, client);
});

test('one that is killed while it loads its RDB starts from it again', async (context) => {
  const { world, two, client } = await pairOf(context);
  const before = await syncsOf(client);
  assert.equal(await two.stop(), 0);
  await setAll(world, { 'key-load-delay': '5000', 'loading-process-events-interval-bytes': '1024' });
  const again = await world.launch(1);
  const { process: first } = await untilReport(again, 'loads', ({ process }) => process.state === 'loading');
  kill(first.pid);
  await untilReport(again, 'runs', ({ process }) => process.pid !== first.pid && process.state === 'running');
  await inSync(again);
  assert.equal((await syncsOf(client)).full, before.full);
  await sameData(client, again.client());
});

test('one that is killed while it writes its append-only file anew starts from its RDB again', async (context) => {
  const { world, two, client } = await pairOf(context);
  const before = await syncsOf(client);
  assert.equal(await two.stop(), 0);
  await setAll(world, { 'rdb-key-save-delay': '20000' });
  const again = await world.start(1);
  await inSync(again);
  await client.set('after', 'the start');
  await sameData(client, again.client());
  await until('it rewrites', async () => {
    const info = await again.client().info('persistence');
    return field(info, 'aof_rewrite_in_progress') === '1' ? true : undefined;
  });
  const pid = await pidOf(again);
  kill(pid);
  await untilReport(again, 'runs again', ({ process }) => process.pid !== pid && process.state === 'running');
  await inSync(again);
  await sameData(client, again.client());
  assert.equal((await syncsOf(client)).full, before.full);
  await setAll(world, {});
  const restarted = await pidOf(again);
  kill(restarted);
  await untilReport(again, 'runs', ({ process }) => process.pid !== restarted && process.state === 'running');
  await settled(again);
});

test('one that is killed before its old mark was taken away starts from its append-only file', async (context) => {
  const { world, two, client } = await pairOf(context);
  assert.equal(await two.stop(), 0);
  const mark = await readFile(markOf(two), 'utf8');
  const again = await world.start(1);
  await inSync(again);
  await settled(again);
  await client.set('after', 'the start');
  await sameData(client, again.client());
  await writeFile(markOf(two), mark);
  const pid = await pidOf(again);
  kill(pid);
  const { data } = await untilReport(
    again,
    'runs',
    ({ process }) => process.pid !== pid && process.state === 'running',
  );
  assert.equal(data.keys, 301);
  await settled(again);
});

test('an RDB that cannot be loaded takes the place of nothing', async (context) => {
  const { world, two, client } = await pairOf(context);
  assert.equal(await two.stop(), 0);
  const rdb = join(two.layout.dataFolder, 'dump.rdb');
  const bytes = await readFile(rdb);
  await writeFile(rdb, bytes.subarray(0, bytes.length / 2));
  const failed = await world.launch(1);
  await Promise.race([failed.ended, systemClock.sleep(seconds(5))]);
  const again = await world.start(1).catch(() => world.start(1));
  assert.equal((await again.report()).data.keys, 300);
  await inSync(again);
  await sameData(client, again.client());
});

test('one that cannot save at its end ends all the same, and loses nothing', async (context) => {
  const { world, two, client } = await pairOf(context);
  await client.set('last', 'word');
  await sameData(client, two.client());
  const rdb = join(two.layout.dataFolder, 'dump.rdb');
  await rm(rdb, { force: true });
  await mkdir(join(rdb, 'in the way'), { recursive: true });
  assert.equal(await two.stop(), 0);
  assert.equal(existsSync(markOf(two)), false);
  await rm(rdb, { recursive: true });
  const again = await world.start(1);
  assert.equal((await again.report()).data.keys, 301);
  await inSync(again);
});

test('a primary opens its gate only when what it takes is appended: no acknowledged write is lost (I4)', async (context) => {
  const { world, one, two, client } = await pairOf(context, { appendfsync: 'always' });
  await client.set('last', 'word');
  await sameData(client, two.client());
  assert.equal(await two.stop(), 0);
  assert.equal(await one.stop(), 0);
  await setAll(world, { appendfsync: 'always', 'rdb-key-save-delay': '3000' });
  const again = await world.start(1);
  world.appoint(2, 1);
  const { fence } = await untilReport(again, 'waits', ({ fence: why }) => /append-only/.test(why ?? ''));
  assert.match(fence ?? '', /append-only file is being written anew/);
  await assert.rejects(again.client().set('too', 'early'), /READONLY|NOREPLICAS/);
  await untilReport(again, 'is primary', isPrimary);
  const primary = again.client();
  for (let count = 0; count < 200; count += 1) await primary.set(`acknowledged:${count}`, '1');
  const pid = await pidOf(again);
  kill(pid);
  const { data } = await untilReport(
    again,
    'runs',
    ({ process }) => process.pid !== pid && process.state === 'running',
  );
  assert.equal(data.keys, 501);
});

for (const [from, to] of [
  ['rdb', 'aof'],
  ['aof', 'rdb'],
] as const) {
  test(`persistence is changed from ${from} to ${to} live, and a kill afterwards loses nothing of what that keeps`, async (context) => {
    const world = await worldOf(context, 1, { persistence: from });
    const one = await world.start(0);
    world.appoint(1, 0);
    await untilReport(one, 'is primary', isPrimary);
    const client = one.client();
    await client.set('kept', 'yes');
    world.api.write({ spec: { ...world.spec, persistence: to } });
    const wanted = to === 'aof' ? 'yes' : 'no';
    await until(`appendonly is ${wanted}`, async () =>
      String(await client.config('GET', 'appendonly')) === `appendonly,${wanted}` ? true : undefined,
    );
    await until('the files are settled', async () =>
      existsSync(markOf(one)) === (to === 'rdb') ? true : undefined,
    );
    if (to === 'aof') await settled(one);
    const pid = await pidOf(one);
    kill(pid);
    await untilReport(one, 'is primary again', (report) => report.process.pid !== pid && isPrimary(report));
    assert.equal(await one.client().get('kept'), 'yes');
  });
}

for (const [from, to] of [
  ['rdb', 'aof'],
  ['aof', 'rdb'],
] as const) {
  test(`persistence that is changed from ${from} to ${to} while nothing runs loses nothing`, async (context) => {
    const world = await worldOf(context, 1, { persistence: from });
    const one = await world.start(0);
    world.appoint(1, 0);
    await untilReport(one, 'is primary', isPrimary);
    await one.client().set('kept', 'yes');
    assert.equal(await one.stop(), 0);
    world.api.write({ spec: { ...world.spec, persistence: to } });
    const again = await world.start(0);
    await untilReport(again, 'is primary', isPrimary);
    assert.equal(await again.client().get('kept'), 'yes');
    assert.equal(await again.stop(), 0);
    const third = await world.start(0);
    await untilReport(third, 'is primary', isPrimary);
    assert.equal(await third.client().get('kept'), 'yes');
  });
}
