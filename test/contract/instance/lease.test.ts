import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { leasePolicy } from '../../../internal/control/lease.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { between, milliseconds, moment, seconds } from '../../../internal/time/units.ts';
import { assertShorter, DeadlineMissed } from '../../suite/deadlines.ts';
import { type Running, until, untilReport } from './running.ts';
import { appointmentOf, isPrimary, type World, worldOf } from './world.ts';

const { lease, grantEvery } = leasePolicy(3);
/** A timer that is late, a look, an answer, on a busy machine: with it the lease still ends before the patience of 3 s. */
const margin = seconds(1);

const refusal = /NOREPLICAS|READONLY|MASTERDOWN/;

const refusesWrites = (running: Running): Promise<void> =>
  assert.rejects(running.client().set('probe', '1'), refusal);

/** Resolves to how long it took until writes were refused. */
async function untilRefused(running: Running): Promise<number> {
  const start = systemClock.monotonic();
  await until('no write is taken', async () => {
    const client = running.client();
    try {
      await client.set('probe', '1');
      return undefined;
    } catch (failure) {
      if (failure instanceof Error && refusal.test(failure.message)) return true;
      throw failure;
    } finally {
      client.disconnect();
    }
  });
  return between(start, systemClock.monotonic());
}

/** How many writes of a client that neither waits nor reconnects were taken within `length`, and refused. */
async function writes(running: Running, length: number): Promise<{ taken: number; refused: number }> {
  const client = running.client();
  const end = systemClock.monotonic() + length;
  const counts = { taken: 0, refused: 0 };
  while (systemClock.monotonic() < end) {
    const count = await client.incr('count').then(
      () => 'taken' as const,
      () => 'refused' as const,
    );
    counts[count] += 1;
    await systemClock.sleep(milliseconds(10));
  }
  client.disconnect();
  return counts;
}

/** An instance that gets no processor for a second finds its lease run out: that is late, and safe. */
function assertNone(refused: number): void {
  if (refused > 0) throw new DeadlineMissed(`${refused} writes were refused`);
}

test('whoever is granted its lease with the appointment serves as soon as it hears of that, and asks nobody', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  await untilReport(one, 'knows the term that it started in', () => world.api.reads > 0);
  const { reads } = world.api;
  world.appoint(1, 0, await appointmentOf(one, 1));
  const { term } = await untilReport(one, 'is primary', isPrimary);
  assert.equal(term, 1);
  assert.equal(world.api.reads, reads);
  await one.client().set('taken', 'yes');
});

async function threeOf(context: TestContext): Promise<readonly [World, Running, Running, Running]> {
  const world = await worldOf(context, 3);
  const [one, two, three] = [await world.start(0), await world.start(1), await world.start(2)];
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  for (const replica of [two, three])
    await untilReport(replica, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  return [world, one, two, three];
}

test('a primary that hears nobody stops taking writes in time, serves reads, and goes on when the API server is back', async (context) => {
  const world = await worldOf(context, 3);
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  const client = one.client();
  await client.set('kept', 'yes');

  world.api.reachable = false;
  const took = await untilRefused(one);
  assertShorter(took, lease + margin, 'until no write is taken');
  const disconnected = (): Promise<true | undefined> =>
    client.get('kept').then(
      () => undefined,
      () => true,
    );
  await until('its clients are disconnected', disconnected);
  assert.equal(await one.client().get('kept'), 'yes');
  const report = await one.report();
  assert.equal(report.role, 'fenced');
  assert.equal(report.leaseLeftMs, undefined);
  assert.notEqual(report.process.pid, undefined, 'it is not killed for a fault of the network');

  world.api.reachable = true;
  const again = await untilReport(one, 'is primary again', isPrimary);
  assert.equal(again.process.pid, report.process.pid);
  assert.equal(await one.client().set('kept', 'still'), 'OK');
});

test('while the API server is away and all peers answer, writes never stop; once a peer has promised, they do', async (context) => {
  const [world, one, two] = await threeOf(context);
  world.api.reachable = false;
  const { taken, refused } = await writes(one, 3 * lease);
  assertNone(refused);
  assert.ok(taken > 100);

  await two.command('prepare', { term: 2 });
  const took = await untilRefused(one);
  assertShorter(took, lease + margin, 'until no write is taken');
  assert.equal((await one.report()).role, 'fenced');
});

test('a peer that reaches the API server is enough', async (context) => {
  const [world, one] = await threeOf(context);
  world.api.cutOff.add(0);
  world.api.cutOff.add(1);
  const { refused } = await writes(one, 2 * lease);
  assertNone(refused);
});

test('one peer that neither answers nor reads is enough to stop, once nobody else can read', async (context) => {
  const [world, one, two] = await threeOf(context);
  world.api.reachable = false;
  assert.equal(await two.stop(), 0);
  const took = await untilRefused(one);
  assertShorter(took, lease + margin, 'until no write is taken');
});

test('a fence that a peer has read is obeyed at once', async (context) => {
  const [world, one] = await threeOf(context);
  world.api.cutOff.add(0);
  await systemClock.sleep(lease);
  world.api.watchesHang = true;
  world.appoint(1, 0, { primaryFencedSince: '2026-01-01T00:00:00Z' });
  await untilReport(one, 'is fenced', ({ role }) => role === 'fenced');
  assert.match((await one.report()).fence ?? '', /the primary of term 1 is fenced/);
});

test('grants alone let it write, nothing is read meanwhile, and none of the past does', async (context) => {
  const world = await worldOf(context, 3);
  const one = await world.start(0);
  world.appoint(1, 0);
  const first = await untilReport(one, 'is primary', isPrimary);
  const withdrawn = new AbortController();
  let clock = moment(first.clock);
  const granting = (async () => {
    context.after(() => withdrawn.abort());
    while (!withdrawn.signal.aborted) {
      clock = moment((await one.command('lease', { term: 1, asOf: clock })).clock);
      await systemClock.sleep(grantEvery, withdrawn.signal);
    }
  })();
  granting.catch(() => undefined);
  await systemClock.sleep(lease);
  const { reads } = world.api;
  world.api.reachable = false;
  const { refused } = await writes(one, 3 * lease);
  assertNone(refused);
  // A grant that is late is made up for by a read.
  const made = world.api.reads - reads;
  if (made > 1) throw new DeadlineMissed(`${made} reads`);
  const { leaseLeftMs = 0 } = await one.report();
  assertShorter(lease - leaseLeftMs, (lease * 2) / 3, 'since what its last grant goes back to');

  withdrawn.abort();
  await granting;
  const took = await untilRefused(one);
  assertShorter(took, lease + margin, 'until no write is taken');
  await one.command('lease', { term: 1, asOf: first.clock });
  await refusesWrites(one);
  await one.command('lease', { term: 1, asOf: (await one.report()).clock });
  assert.equal(await until('it writes', () => one.client().set('a', '1')), 'OK');
});

test('an idle primary that is granted nothing reads no more than twice a lease', async (context) => {
  const world = await worldOf(context, 3);
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  const { reads } = world.api;
  await systemClock.sleep(milliseconds(4 * lease));
  assert.ok(world.api.reads - reads <= 8, `${world.api.reads - reads} reads`);
});

test('a primary whose redis-server hangs is killed, and its end and last offset are told', async (context) => {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  const { process: hung } = await untilReport(one, 'is primary', isPrimary);
  await untilReport(two, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  await one.client().set('a', '1');
  const { offset } = await one.report();
  const events = one.events(systemClock.deadline(seconds(15)));
  await events.next();
  const start = systemClock.monotonic();
  process.kill(hung.pid ?? assert.fail(), 'SIGSTOP');
  for await (const event of events) {
    if (event?.kind !== 'exit') continue;
    const took = between(start, systemClock.monotonic());
    assert.ok(took >= 2_000, `it took ${took} ms`);
    assertShorter(took, 5_500, 'until it was killed');
    assert.deepEqual(event.report.process.exit, { signal: 'SIGKILL' });
    assert.ok((event.report.lastOffset ?? 0) >= offset);
    break;
  }
  assert.equal((await one.report()).process.exit?.signal ?? 'SIGKILL', 'SIGKILL');
});

test('a redis-server that does not close its gate when the lease runs out is killed', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  world.appoint(1, 0);
  const { process: hung } = await untilReport(one, 'is primary', isPrimary);
  world.api.reachable = false;
  process.kill(hung.pid ?? assert.fail(), 'SIGSTOP');
  const told = await until('it is killed', async () => one.log.find((line) => line.includes('is killed')));
  assert.match(told, /does not close its gate/);
  await untilReport(one, 'ended', (report) => report.process.pid !== hung.pid);
  world.api.reachable = true;
  await untilReport(one, 'runs again', (report) => report.process.state === 'running');
  await refusesWrites(one);
});

test('a disk that refuses writes is told in the words of Redis', async (context) => {
  const world = await worldOf(context, 1, { persistence: 'rdb' });
  const one = await world.start(0);
  world.appoint(1, 0);
  assert.equal((await untilReport(one, 'is primary', isPrimary)).writesRefused, undefined);
  // No file can take the place of a folder.
  const inTheWay = join(one.layout.dataFolder, 'dump.rdb');
  await mkdir(join(inTheWay, 'x'), { recursive: true });
  await one.client().call('BGSAVE');
  const { writesRefused } = await untilReport(
    one,
    'tells it',
    (report) => report.writesRefused !== undefined,
  );
  assert.equal(writesRefused, 'rdb_last_bgsave_status:err');
  await assert.rejects(one.client().set('a', '1'), /MISCONF/);
  await rm(inTheWay, { recursive: true });
  await one.client().call('BGSAVE');
  await untilReport(one, 'has got over it', (report) => report.writesRefused === undefined);
});

test('a replica is a witness: it tells how long ago it heard its primary', async (context) => {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  const { process: hung } = await untilReport(one, 'is primary', isPrimary);
  await untilReport(two, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  for (let count = 0; count < 5; count += 1) {
    assert.ok(((await two.report()).upstream?.heardMsAgo ?? 9999) <= 600);
    await systemClock.sleep(milliseconds(300));
  }
  process.kill(hung.pid ?? assert.fail(), 'SIGSTOP');
  const stopped = systemClock.monotonic();
  await systemClock.sleep(milliseconds(1200));
  const { upstream } = await two.report();
  const silent = between(stopped, systemClock.monotonic());
  assert.ok(
    (upstream?.heardMsAgo ?? 0) >= 1000,
    `heard ${upstream?.heardMsAgo} ms ago, silent for ${silent}`,
  );
  process.kill(hung.pid ?? assert.fail(), 'SIGCONT');
  await untilReport(two, 'hears it again', (report) => (report.upstream?.heardMsAgo ?? 9999) < 300);
});
