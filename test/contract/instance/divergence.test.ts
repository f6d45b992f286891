import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Running, untilReport } from './running.ts';
import { isPrimary, type World, worldOf } from './world.ts';

interface Pair {
  readonly world: World;
  readonly primary: Running;
  readonly replica: Running;
}

/** A primary in term 1 and a replica that is in sync with it. */
async function pairOf(context: TestContext, persistence: 'aof' | 'rdb' | 'none'): Promise<Pair> {
  const world = await worldOf(context, 2, { persistence });
  const [primary, replica] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  await untilReport(primary, 'is primary', isPrimary);
  await untilReport(replica, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  await primary.client().set('shared', 'yes');
  return { world, primary, replica };
}

const kept = ({ layout }: Running): Promise<readonly string[]> =>
  readdir(join(layout.dataFolder, 'diverged')).catch(() => []);

/** The one copy there is; short values lie in it as they are. */
async function copyIn(running: Running): Promise<string> {
  const files = await kept(running);
  assert.equal(files.length, 1, `${files}`);
  return await readFile(join(running.layout.dataFolder, 'diverged', files[0] ?? ''), 'latin1');
}

const inSyncAgain = (running: Running): Promise<unknown> =>
  untilReport(running, 'is in sync', ({ upstream, role }) => role === 'replica' && upstream?.inSync === true);

test('a replica that is made a primary by hand and written to is demoted, and what it took is kept', async (context) => {
  const { primary, replica } = await pairOf(context, 'aof');
  const byHand = replica.client().pipeline();
  byHand.call('REPLICAOF', 'NO', 'ONE').config('SET', 'min-replicas-to-write', '0');
  for (let count = 0; count < 50; count += 1) byHand.set(`by-hand:${count}`, `taken-${count}`);
  const answers = await byHand.exec();
  assert.equal(answers?.at(-1)?.[1], 'OK');
  const { divergent } = await untilReport(replica, 'tells of it', (report) => report.divergent !== undefined);
  assert.equal(divergent?.kept, true);
  assert.match(
    divergent?.message ?? '',
    /replication [0-9a-f]{40} from offset \d+ to \d+ \(\d{4} bytes\); it is kept in .*\.rdb$/,
  );
  await inSyncAgain(replica);
  assert.match(await copyIn(replica), /^REDIS.*taken-49/s);
  assert.equal(await replica.client().get('by-hand:49'), null);
  assert.equal(await primary.client().get('shared'), 'yes');
});

for (const persistence of ['aof', 'rdb', 'none'] as const) {
  test(`what an old primary took and no successor has is kept before it follows, under ${persistence}`, async (context) => {
    const { world, primary, replica } = await pairOf(context, persistence);
    await replica.command('prepare', { term: 2 });
    await primary.client().set('only-here', 'never-streamed');
    world.appoint(2, 1);
    await untilReport(replica, 'is primary', isPrimary);
    await inSyncAgain(primary);
    const { divergent } = await primary.report();
    assert.match(divergent?.message ?? '', /replication [0-9a-f]{40} from offset/);
    assert.match(await copyIn(primary), /never-streamed/);
    assert.equal(await primary.client().get('only-here'), null);
  });
}

test('a primary that crashed comes back with more than its successor has: its data set is kept first', async (context) => {
  const { world, primary, replica } = await pairOf(context, 'aof');
  await replica.command('prepare', { term: 2 });
  // What this connection wrote is what it can wait for.
  const writer = primary.client();
  await writer.set('only-here', 'never-streamed');
  // While a busy disk is flushed Redis puts its append-only file off, and answers all the same.
  assert.deepEqual(await writer.call('WAITAOF', 1, 0, 20_000), [1, 0]);
  const { process: first } = await primary.report();
  process.kill(first.pid ?? assert.fail(), 'SIGKILL');
  world.appoint(2, 1);
  await untilReport(replica, 'is primary', isPrimary);
  await inSyncAgain(primary);
  const { divergent } = await primary.report();
  assert.match(
    divergent?.message ?? '',
    /from when it was the primary of term 1 may have what no primary has/,
  );
  const copy = await copyIn(primary);
  assert.ok(copy.includes('never-streamed'), `${divergent?.message}: ${JSON.stringify(copy)}`);
  // It has nothing of its own any more: another restart keeps nothing.
  const { process: second } = await primary.report();
  process.kill(second.pid ?? assert.fail(), 'SIGKILL');
  await untilReport(
    primary,
    'runs again',
    ({ process: now }) => now.state === 'running' && now.pid !== second.pid,
  );
  await inSyncAgain(primary);
  assert.equal((await kept(primary)).length, 1);
});

test('nothing is kept of a primary that ended in order, nor of one whose successor has all it had', async (context) => {
  const { world, primary, replica } = await pairOf(context, 'aof');
  assert.equal(await primary.stop(), 0);
  world.appoint(2, 1);
  await untilReport(replica, 'is primary', isPrimary);
  const again = await world.start(0);
  await inSyncAgain(again);
  assert.deepEqual([await kept(again), (await again.report()).divergent], [[], undefined]);
  world.appoint(3, 0);
  await untilReport(again, 'is primary', isPrimary);
  await inSyncAgain(replica);
  assert.deepEqual([await kept(replica), (await replica.report()).divergent], [[], undefined]);
});
