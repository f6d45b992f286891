import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds, seconds } from '../../../internal/time/units.ts';
import { password as old } from './place.ts';
import {
  inSync,
  madeAnew,
  paceWith,
  relinked,
  takes,
  tellsNone,
  untilRefused,
  untilStreams,
  untilTaken,
} from './rotation.ts';
import { type Running, untilReport } from './running.ts';
import { isPrimary, type World, worldOf } from './world.ts';

const fresh = 'the one after';

interface Pair {
  readonly world: World;
  readonly primary: Running;
  readonly replica: Running;
}

/** A primary and a replica in sync with it, both of the old password. */
async function pairOf(context: TestContext, grace = seconds(600)): Promise<Pair> {
  const world = await worldOf(context, 2, {}, { secretPace: paceWith(grace) });
  const [primary, replica] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  await inSync(replica);
  return { world, primary, replica };
}

async function give({ world }: Pair, ordinal: number, to: Running): Promise<void> {
  await world.premises.project(ordinal, fresh);
  await untilTaken(to, fresh);
}

test('a link that breaks is made again: the replica knows both, the primary the old one', async (context) => {
  const pair = await pairOf(context);
  await give(pair, 1, pair.replica);
  await relinked(pair.primary, pair.replica, [old]);
  assert.ok(!(await takes(pair.primary, fresh)));
});

test('a link that breaks is made again: the primary knows both, the replica the old one', async (context) => {
  const pair = await pairOf(context);
  await give(pair, 0, pair.primary);
  await relinked(pair.primary, pair.replica, [old]);
  assert.ok(!(await takes(pair.replica, fresh)));
});

test('a replica that knows both shows the new one as soon as its primary takes it, though the link stands', async (context) => {
  const pair = await pairOf(context, seconds(3));
  const { primary, replica } = pair;
  await give(pair, 1, replica);
  await give(pair, 0, primary);
  for (const running of [primary, replica]) await untilRefused(running, old);
  await relinked(primary, replica, [fresh]);
  assert.deepEqual(await replica.client(fresh).config('GET', 'masterauth'), ['masterauth', fresh]);
  const told = replica.log.filter((line) => /shows another password/.test(line));
  assert.equal(told.length, 1, 'and the link did not have to break for it');
});

test('a pod that is made anew with the new one alone follows a primary that knows both', async (context) => {
  const pair = await pairOf(context);
  await give(pair, 0, pair.primary);
  await pair.replica.stop();
  const replica = await madeAnew(pair.world, 1, fresh);
  await inSync(replica);
  assert.ok(!(await takes(replica, old)));
  await relinked(pair.primary, replica, [old, fresh]);
});

test('a pod that knows the new one alone is followed as primary by one that knows both', async (context) => {
  const pair = await pairOf(context);
  await give(pair, 0, pair.primary);
  await pair.replica.stop();
  const successor = await madeAnew(pair.world, 1, fresh);
  await inSync(successor);
  pair.world.appoint(2, 1);
  await untilReport(successor, 'is primary', isPrimary);
  await untilStreams(successor.client(fresh), pair.primary.client(old));
  await inSync(pair.primary);
  await relinked(successor, pair.primary, [fresh, old]);
});

test('who knows the old one alone and who knows the new one alone meet as soon as either is given the other', async (context) => {
  const pair = await pairOf(context);
  await pair.replica.stop();
  const replica = await madeAnew(pair.world, 1, fresh);
  await systemClock.sleep(milliseconds(500));
  assert.equal((await replica.report()).upstream?.inSync ?? false, false, 'nobody lets it in');
  assert.ok(await takes(pair.primary, old));
  await give(pair, 0, pair.primary);
  await inSync(replica);
  pair.world.appoint(2, 1);
  await untilReport(replica, 'is primary', isPrimary);
  await inSync(pair.primary);
});

test('a primary that knows the new one alone waits for a replica that knows the old one alone until it has the new one', async (context) => {
  const pair = await pairOf(context);
  await pair.primary.stop();
  const primary = await madeAnew(pair.world, 0, fresh);
  pair.world.appoint(2, 0);
  await untilReport(primary, 'is primary', isPrimary);
  await systemClock.sleep(milliseconds(500));
  assert.equal((await pair.replica.report()).upstream?.inSync ?? false, false);
  await give(pair, 1, pair.replica);
  await inSync(pair.replica);
  await untilStreams(primary.client(fresh), pair.replica.client(old));
});

test('a link that breaks after the grace is made again once the replica is given the new one, however late', async (context) => {
  const pair = await pairOf(context, seconds(1));
  const { world, primary, replica } = pair;
  await give(pair, 0, primary);
  await untilRefused(primary, old);
  await untilStreams(primary.client(fresh), replica.client(old));
  await primary.client(fresh).call('CLIENT', 'KILL', 'TYPE', 'replica');
  await systemClock.sleep(milliseconds(1500));
  assert.equal((await replica.report()).upstream?.linkUp, false);
  await world.premises.project(1, fresh);
  await inSync(replica);
  await relinked(primary, replica, [fresh]);
  tellsNone({ log: [...primary.log, ...replica.log] }, [old, fresh]);
});

test('a primary that is killed in the middle is succeeded, and follows its successor, all at different points', async (context) => {
  const world = await worldOf(context, 3, {}, { secretPace: paceWith() });
  const all = [await world.start(0), await world.start(1), await world.start(2)] as const;
  const [one, two, three] = all;
  world.appoint(1, 0);
  for (const running of [two, three]) await inSync(running);
  // The first two have it, the third will be the last.
  for (const ordinal of [0, 1]) await world.premises.project(ordinal, fresh);
  for (const running of [one, two]) await untilTaken(running, fresh);
  const { process: killed } = await one.report();
  process.kill(killed.pid ?? assert.fail('it has no pid'), 'SIGKILL');
  world.appoint(2, 1);
  await untilReport(two, 'is primary', isPrimary);
  for (const running of [one, three]) await inSync(running);
  await untilStreams(two.client(fresh), three.client(old));
  world.appoint(3, 2);
  await untilReport(three, 'is primary', isPrimary);
  for (const running of [one, two]) await inSync(running);
  await untilStreams(three.client(old), one.client(fresh));
  await world.premises.project(2, fresh);
  await untilTaken(three, fresh);
  const ends = all.flatMap(({ log }) => log.filter((line) => /redis-server ended/.test(line)));
  assert.equal(ends.length, 1, ends.join('\n'));
  for (const running of all) tellsNone(running, [old, fresh]);
});
