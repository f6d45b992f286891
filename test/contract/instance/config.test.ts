import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Redis } from 'ioredis';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import { type Running, until, untilReport } from './running.ts';
import { isPrimary, type World, worldOf } from './world.ts';

const debug = { 'enable-debug-command': 'yes' };

/** Replaces spec.redis, keeping the rest. */
const redis = (world: World, directives: Readonly<Record<string, string>>, part = {}): void =>
  world.api.write({ spec: { ...world.spec, redis: { ...debug, ...directives }, ...part } });

async function settingOf(client: Redis, name: string): Promise<string> {
  const [, value = ''] = (await client.config('GET', name)) as readonly string[];
  return value;
}

const untilValue = (client: Redis, name: string, wanted: string): Promise<true> =>
  until(`${name} is ${wanted}`, async () => ((await settingOf(client, name)) === wanted ? true : undefined));

/** How often CONFIG SET was called, by Redis's own count. */
async function settingsSent(client: Redis): Promise<number> {
  const info = await client.info('commandstats');
  return Number(/cmdstat_config\|set:calls=(\d+)/.exec(info)?.[1] ?? 0);
}

async function primaryOf(world: World): Promise<Running> {
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  return one;
}

test('what can be set is set live in one command, and nothing more is sent afterwards', async (context) => {
  const world = await worldOf(context, 1);
  const one = await primaryOf(world);
  const client = one.client();
  const { process: before } = await one.report();
  const sent = await settingsSent(client);
  redis(world, {
    'maxmemory-policy': 'allkeys-lru',
    'client-output-buffer-limit': 'pubsub 1mb 2mb 60',
    save: '900 1 300 10',
    maxmemory: '1gb',
    'notify-keyspace-events': 'KEA',
  });
  await untilValue(client, 'maxmemory-policy', 'allkeys-lru');
  assert.equal(await settingOf(client, 'maxmemory'), String(2 ** 30));
  assert.match(await settingOf(client, 'client-output-buffer-limit'), /pubsub 1048576 2097152 60/);
  const { settingsSetAt, pendingRestart, process } = await untilReport(
    one,
    'says so',
    (report) => report.settingsSetAt !== undefined,
  );
  assert.ok((settingsSetAt ?? 0) > 0);
  assert.deepEqual(pendingRestart, []);
  assert.equal(process.pid, before.pid);
  assert.equal(await settingsSent(client), sent + 1);

  // The same said otherwise is the same.
  redis(world, {
    'maxmemory-policy': 'ALLKEYS-LRU',
    'client-output-buffer-limit': 'pubsub 1048576 2mb 60',
    save: '900 1 300 10',
    maxmemory: '1024mb',
    'notify-keyspace-events': 'AKE',
  });
  await systemClock.sleep(milliseconds(500));
  assert.equal(await settingsSent(client), sent + 1);
});

test('a directive that is taken out goes back to our default, or to that of Redis', async (context) => {
  const directives = { 'repl-timeout': '77', 'slowlog-max-len': '7', 'maxmemory-policy': 'allkeys-lfu' };
  const world = await worldOf(context, 1, { redis: { ...debug, ...directives } });
  const one = await primaryOf(world);
  const client = one.client();
  assert.equal(await settingOf(client, 'slowlog-max-len'), '7');
  redis(world, {});
  await untilValue(client, 'slowlog-max-len', '128');
  assert.equal(await settingOf(client, 'repl-timeout'), '10');
  assert.equal(await settingOf(client, 'maxmemory-policy'), 'noeviction');
});

test('what redis-server takes at its start alone is named, the rest is set, and a start takes it all', async (context) => {
  const world = await worldOf(context, 1);
  const one = await primaryOf(world);
  const client = one.client();
  redis(world, { databases: '5', 'io-threads': '2', hz: '20' });
  await untilValue(client, 'hz', '20');
  await untilReport(
    one,
    'names it',
    ({ pendingRestart }) => pendingRestart.join() === 'databases,io-threads',
  );
  redis(world, { databases: '5', hz: '30' });
  await untilValue(client, 'hz', '30');
  await untilReport(one, 'names it', ({ pendingRestart }) => pendingRestart.join() === 'databases');
  assert.equal(await one.stop(), 0);

  const again = await primaryOf(world);
  const restarted = again.client();
  assert.equal(await settingOf(restarted, 'databases'), '5');
  assert.equal(await settingOf(restarted, 'hz'), '30');
  await systemClock.sleep(milliseconds(300));
  const sent = await settingsSent(restarted);
  assert.deepEqual((await again.report()).pendingRestart, []);
  await systemClock.sleep(milliseconds(500));
  assert.equal(await settingsSent(restarted), sent, 'the file says it already');
});

test('what Redis refuses changes nothing, is told in its words, and goes when it is taken back', async (context) => {
  const world = await worldOf(context, 1, { redis: { ...debug, hz: '11' } });
  const one = await primaryOf(world);
  const client = one.client();
  const { process } = await one.report();
  const sent = await settingsSent(client);
  for (const [wrong, words] of [
    [{ 'maxmemory-policy': 'bogus' }, /maxmemory-policy.*argument\(s\) must be one of/],
    [{ 'no-such-directive': 'x' }, /Bad directive|unknown/i],
    [{ 'io-threads': '9999' }, /io-threads.*between/],
  ] as const) {
    redis(world, { hz: '20', ...wrong });
    const { configError, role } = await untilReport(one, 'tells', (report) =>
      words.test(report.configError ?? ''),
    );
    assert.match(configError ?? '', words);
    assert.equal(role, 'primary');
    assert.equal(await settingOf(client, 'hz'), '11');
  }
  assert.equal(await settingsSent(client), sent);

  // Neither the end of redis-server nor that of its pod makes a crash loop of it.
  globalThis.process.kill(process.pid ?? assert.fail('it has no pid'), 'SIGKILL');
  await untilReport(one, 'runs again', (report) => report.process.pid !== process.pid && isPrimary(report));
  assert.equal(await one.stop(), 0);
  const again = await primaryOf(world);
  assert.match((await again.report()).configError ?? '', /io-threads/);
  assert.equal(await settingOf(again.client(), 'hz'), '11');

  redis(world, { hz: '11' });
  await untilReport(again, 'is content', ({ configError }) => configError === undefined);
  assert.equal(await settingOf(again.client(), 'hz'), '11');
});

test('maxmemory follows the limit of memory down at once, and up only once the container has it', async (context) => {
  const mebibyte = 2 ** 20;
  const limit = (size: string) => ({ resources: { limits: { memory: size } } });
  const world = await worldOf(context, 1, limit('512Mi'));
  const { controlGroup = '' } = await world.premises.layout(0);
  const memoryLimitFile = join(controlGroup, 'memory.max');
  await writeFile(memoryLimitFile, `${512 * mebibyte}\n`);
  const one = await primaryOf(world);
  const client = one.client();
  assert.equal(await settingOf(client, 'maxmemory'), String(384 * mebibyte));
  world.api.write({ spec: { ...world.spec, ...limit('256Mi') } });
  await untilValue(client, 'maxmemory', String(192 * mebibyte));
  world.api.write({ spec: { ...world.spec, ...limit('1Gi') } });
  await untilValue(client, 'maxmemory', String(384 * mebibyte));
  await untilReport(one, 'waits', ({ pendingRestart }) => pendingRestart.join() === 'maxmemory');
  await writeFile(memoryLimitFile, `${1024 * mebibyte}\n`);
  await untilValue(client, 'maxmemory', String(768 * mebibyte));
  await untilReport(one, 'waits no more', ({ pendingRestart }) => pendingRestart.length === 0);
});

test('maxmemory does not shrink below what is held, where Redis could only refuse all writes, and says so', async (context) => {
  const mebibyte = 2 ** 20;
  const wish = (size: string, policy: string) => ({
    resources: { limits: { memory: size } },
    memory: { maxMemoryPolicy: policy },
  });
  const world = await worldOf(context, 1, wish('512Mi', 'noeviction'));
  const one = await primaryOf(world);
  const client = one.client();
  for (let n = 0; n < 60; n += 1) await client.set(`key-${n}`, 'x'.repeat(mebibyte));
  world.api.write({ spec: { ...world.spec, ...wish('64Mi', 'noeviction') } });
  await untilReport(one, 'waits', ({ memory }) => memory?.maxMemoryWaitsFor === 'data');
  const { memory, pendingRestart } = await one.report();
  assert.deepEqual([memory?.setForBytes, pendingRestart], [undefined, ['maxmemory']]);
  assert.equal(await settingOf(client, 'maxmemory'), String(384 * mebibyte));
  assert.equal(await client.set('c', 'x'), 'OK');

  for (let n = 20; n < 60; n += 1) await client.del(`key-${n}`);
  await untilValue(client, 'maxmemory', String(48 * mebibyte));
  await untilReport(one, 'waits no more', ({ memory: now }) => now?.setForBytes === 64 * mebibyte);
  assert.deepEqual((await one.report()).pendingRestart, []);
});

test('under a policy that evicts any key maxmemory shrinks at once, and Redis makes room', async (context) => {
  const mebibyte = 2 ** 20;
  const wish = (size: string) => ({
    resources: { limits: { memory: size } },
    memory: { maxMemoryPolicy: 'allkeys-lru' },
  });
  const world = await worldOf(context, 1, wish('512Mi'));
  const one = await primaryOf(world);
  const client = one.client();
  for (let n = 0; n < 80; n += 1) await client.set(`key-${n}`, 'x'.repeat(mebibyte));
  world.api.write({ spec: { ...world.spec, ...wish('64Mi') } });
  await untilValue(client, 'maxmemory', String(48 * mebibyte));
  await untilReport(one, 'is content', ({ memory }) => memory?.setForBytes === 64 * mebibyte);
  assert.ok((await client.dbsize()) < 60);
});

test('whether a replica without its primary answers is set while it follows, and not while it does not', async (context) => {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  await untilReport(two, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  const [primary, replica] = [one.client(), two.client()];
  assert.equal(await settingOf(replica, 'replica-serve-stale-data'), 'no');
  redis(world, { 'replica-serve-stale-data': 'yes', hz: '20' });
  await untilValue(replica, 'replica-serve-stale-data', 'yes');
  redis(world, { hz: '20' });
  await untilValue(replica, 'replica-serve-stale-data', 'no');
  await untilValue(primary, 'hz', '20');
  assert.equal(await settingOf(primary, 'replica-serve-stale-data'), 'yes');
});
