import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isRefusal } from '../../../internal/control/client.ts';
import { catchUpLimit, pauseLimit } from '../../../internal/control/switchover.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { between, milliseconds, seconds } from '../../../internal/time/units.ts';
import { assertShorter } from '../../suite/deadlines.ts';
import { type Running, until, untilReport } from './running.ts';
import { isPrimary, type World, worldOf } from './world.ts';

async function trioOf(
  context: TestContext,
  patience = milliseconds(0),
): Promise<readonly [World, Running[]]> {
  const world = await worldOf(context, 3, {}, { reliefPatience: patience });
  const all = [await world.start(0), await world.start(1), await world.start(2)];
  world.appoint(1, 0);
  const [one, ...others] = all;
  await untilReport(one ?? assert.fail(), 'is primary', isPrimary);
  for (const other of others) {
    await untilReport(other, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  }
  return [world, all];
}

/** What a client that writes without a pause, over one connection at a time, saw. */
interface Seen {
  readonly acknowledged: string[];
  readonly errors: string[];
  lastAt: number;
  longestGap: number;
}

/** Writes to whoever `to` is at the moment, until `stopped`; a connection that fails is made again. */
async function write(name: string, to: () => Running, stopped: () => boolean): Promise<Seen> {
  const seen: Seen = { acknowledged: [], errors: [], lastAt: performance.now(), longestGap: 0 };
  let client = to().client();
  for (let number = 0; !stopped(); number += 1) {
    try {
      await client.set(`${name}:${number}`, number);
      seen.acknowledged.push(`${name}:${number}`);
      seen.longestGap = Math.max(seen.longestGap, performance.now() - seen.lastAt);
      seen.lastAt = performance.now();
    } catch (failure) {
      seen.errors.push(String(failure));
      client.disconnect();
      await systemClock.sleep(milliseconds(2));
      client = to().client();
    }
  }
  client.disconnect();
  return seen;
}

const order = (to: Running, handover = 2) => ({
  term: 1,
  candidate: to.pod,
  address: to.address,
  handover,
});

const versionIn = async (world: World): Promise<string> =>
  (await world.api.get())?.metadata.resourceVersion ?? '';

/** As the operator does: on a machine that others use too, a candidate may not catch up in time, and the primary goes on. */
async function askedAgain<Report>(ask: () => Promise<Report>): Promise<Report> {
  for (let asked = 1; ; asked += 1) {
    try {
      return await ask();
    } catch (failure) {
      if (asked === 5 || !isRefusal(failure)) throw failure;
      await systemClock.sleep(milliseconds(500));
    }
  }
}

/** Offered and released, the term need not be recorded before somebody leads in it. Resolves to what its record will say. */
async function promoteUnrecorded(successor: Running, world: World) {
  const { clock: asOf, process } = await successor.report();
  const promotion = { term: 2, run: process.run, asOf, resourceVersion: await versionIn(world) };
  await successor.command('promote', promotion);
  return { targetPrimaryRun: process.run ?? '', targetPrimaryGrant: { term: 2, asOf } };
}

test('under load a primary hands over: nothing that was acknowledged is lost, and no client is told an error', async (context) => {
  const [world, [one, two, three]] = await trioOf(context);
  if (one === undefined || two === undefined || three === undefined) return assert.fail();
  let primary = one;
  let stopped = false;
  const clients = Array.from({ length: 8 }, (_, each) =>
    write(
      `client-${each}`,
      () => primary,
      () => stopped,
    ),
  );
  await systemClock.sleep(milliseconds(300));
  const start = systemClock.monotonic();
  const report = await askedAgain(() => one.command('switchover', order(two)));
  assert.equal(report.role, 'fenced');
  assert.deepEqual(report.released, { candidate: two.pod, handover: 2 });
  assert.equal((await two.report()).offset, report.offset, 'the candidate has all of it');
  const appointment = await promoteUnrecorded(two, world);
  primary = two;
  await systemClock.sleep(milliseconds(50));
  world.appoint(2, 1, appointment);
  context.diagnostic(`handed over within ${Math.round(between(start, systemClock.monotonic()))} ms`);
  await untilReport(one, 'follows', ({ upstream }) => upstream?.pod === two.pod && upstream.inSync);
  await systemClock.sleep(milliseconds(200));
  stopped = true;
  const seen = await Promise.all(clients);
  const answered = seen.flatMap(({ errors }) => errors).filter((error) => error.startsWith('ReplyError'));
  assert.deepEqual(answered, [], 'what a client sees is a connection that ends');
  assert.ok(seen.every(({ acknowledged }) => acknowledged.length > 10));
  context.diagnostic(`longest gaps: ${seen.map(({ longestGap }) => Math.round(longestGap)).join(', ')} ms`);
  const reader = two.client();
  const acknowledged = seen.flatMap((each) => each.acknowledged);
  const values = await reader.mget(acknowledged);
  assert.deepEqual(
    acknowledged.filter((_, index) => values[index] === null),
    [],
  );
  const partial = await reader.info('stats');
  assert.match(partial, /sync_full:0/, 'nobody had to be given the whole data set');
  await until('it lets clients in again', async () =>
    (await one.client().ping()) === 'PONG' ? true : undefined,
  );
});

test('what has handed over sends nothing more: nobody is given the whole data set, however late they follow', async (context) => {
  const [world, [one, two, three]] = await trioOf(context);
  if (one === undefined || two === undefined || three === undefined) return assert.fail();
  await askedAgain(() => one.command('switchover', order(two)));
  const appointment = await promoteUnrecorded(two, world);
  // A primary sends a PING every second.
  await systemClock.sleep(seconds(2));
  world.appoint(2, 1, appointment);
  for (const each of [one, three])
    await untilReport(each, 'follows', ({ upstream }) => upstream?.pod === two.pod && upstream.inSync);
  assert.match(await two.client().info('stats'), /sync_full:0/);
  const pings = async () => (await one.client().config('GET', 'repl-ping-replica-period')) as unknown[];
  await until('it would send PINGs again', async () => ((await pings())[1] === '1' ? true : undefined));
});

test('once it has handed over it lets nobody in, and goes on in a later term alone', async (context) => {
  const [world, [one, two]] = await trioOf(context);
  if (one === undefined || two === undefined) return assert.fail();
  await askedAgain(() => one.command('switchover', order(two)));
  await assert.rejects(one.client().set('a', '1'), /ECONNREFUSED|closed|maxRetries/i);
  await systemClock.sleep(milliseconds(300));
  const again = await one.command('switchover', order(two));
  assert.equal(again.role, 'fenced', 'asked again it answers as before');
  await assert.rejects(one.command('switchover', { ...order(two), candidate: 'orders-2' }), /409/);
  await assert.rejects(one.command('recall', { term: 1, handover: 2 }), /409/, 'it cannot be taken back');
  assert.match((await one.probe('/readyz')).text, /lets no clients in/);
  world.api.write({ spec: world.spec });
  await systemClock.sleep(milliseconds(300));
  assert.equal((await one.report()).role, 'fenced', 'a newer version of the same term changes nothing');
  world.appoint(3, 0, { targetPrimaryRun: again.process.run ?? '' });
  await until(
    'writes go on',
    async () => ((await one.client().set('a', '1')) === 'OK' ? true : undefined),
    seconds(2),
  );
});

test('a primary that has promised not to hand over in a term does not, and goes on', async (context) => {
  const [, [one, two]] = await trioOf(context);
  if (one === undefined || two === undefined) return assert.fail();
  assert.equal((await one.command('recall', { term: 1, handover: 2 })).role, 'primary');
  await assert.rejects(one.command('switchover', order(two)), /409.*recalled/s);
  assert.equal(await one.client().set('a', '1'), 'OK');
  const report = await askedAgain(() => one.command('switchover', order(two, 3)));
  assert.deepEqual(report.released, { candidate: two.pod, handover: 3 }, 'a later one is another matter');
});

test('a candidate that does not catch up is not handed over to; clients wait for that no longer than the limit', async (context) => {
  const [, [one, two]] = await trioOf(context);
  if (one === undefined || two === undefined) return assert.fail();
  const client = one.client();
  // One that has promised receives nothing more: it answers, and stays where it is.
  await two.command('prepare', { term: 2 });
  await client.set('a', '1');
  let isOver = false;
  const refused = assert.rejects(one.command('switchover', order(two)), /409/).finally(() => (isOver = true));
  let longest = milliseconds(0);
  while (!isOver) {
    const sentAt = systemClock.monotonic();
    assert.equal(await client.set('b', '1'), 'OK');
    longest = milliseconds(Math.max(longest, between(sentAt, systemClock.monotonic())));
  }
  await refused;
  // One was on its way when the pause began, or was sent soon after.
  assert.ok(longest >= catchUpLimit / 2, `no write waited for more than ${longest} ms`);
  assertShorter(longest, pauseLimit, 'clients waited');
  assert.equal((await one.report()).role, 'primary');
  assert.equal(await client.set('c', '1'), 'OK', 'over the same connection');
});

test('a primary that is told to stop is relieved first, and ends soon after; one that nobody relieves ends all the same', async (context) => {
  // A candidate may be asked twice, half a second apart, on a machine that others use too.
  const patience = milliseconds(4000);
  const [world, [one, two]] = await trioOf(context, patience);
  if (one === undefined || two === undefined) return assert.fail();
  const ended = one.stop();
  await untilReport(one, 'asks to be relieved', ({ leaving }) => leaving === true);
  assert.equal((await one.report()).role, 'primary', 'it takes writes until it is relieved');
  await askedAgain(() => one.command('switchover', order(two)));
  world.appoint(2, 1);
  await untilReport(two, 'is primary', isPrimary);
  const start = systemClock.monotonic();
  assert.equal(await ended, 0);
  assert.ok(between(start, systemClock.monotonic()) < patience - 1000);
  const alone = systemClock.monotonic();
  assert.equal(await two.stop(), 0);
  assert.ok(between(alone, systemClock.monotonic()) >= patience);
});
