import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { InstanceReport } from '../../../internal/control/protocol.ts';
import { lossOf } from '../../../internal/controller/cluster/failover/loss.ts';
import { heldWith, podWith, replica, viewWith } from '../../../internal/controller/cluster/views.fixture.ts';
import { type Running, until, untilReport } from './running.ts';
import { isPrimary, worldOf } from './world.ts';

/** Every write of one client, many on their way at a time: the numbers of those that are acknowledged are added to the list. */
async function writeUntilRefused(primary: Running, acknowledged: number[]): Promise<void> {
  const client = primary.client();
  const inFlight = 200;
  try {
    for (let first = 0; ; first += inFlight) {
      const batch = Array.from({ length: inFlight }, (_, index) => first + index);
      await Promise.all(
        batch.map(async (number) => {
          await client.set(keyOf(number), number);
          acknowledged.push(number);
        }),
      );
    }
  } catch {
    // It has ended, or takes no writes any more.
  }
}

const keyOf = (number: number): string => `seq:${number}`;

/** What a write takes in the stream. */
const bytesOf = (number: number): number => {
  const word = (text: string): number => `$${text.length}\r\n${text}\r\n`.length;
  return '*3\r\n'.length + word('SET') + word(keyOf(number)) + word(String(number));
};

interface Ended {
  readonly lost: number;
  readonly bound: number | undefined;
}

/** Three instances under load; the primary is brought to its end, and the one with the highest offset succeeds it. */
async function lossAfter(context: TestContext, end: (primary: Running) => Promise<unknown>): Promise<Ended> {
  const [world, all] = await trioOf(context);
  const [primary, ...others] = all;
  const events = primary.events(AbortSignal.timeout(20_000));
  const acknowledged: number[] = [];
  const writing = writeUntilRefused(primary, acknowledged);
  await until('it is under load', async () => (acknowledged.length > 1000 ? true : undefined));
  void end(primary).catch(() => undefined);
  const last = await lastWordOf(events);
  await writing;
  const [one, two] = [await others[0].report(), await others[1].report()];
  const successor = two.offset > one.offset ? 2 : 1;
  world.appoint(2, successor);
  await untilReport(all[successor], 'is primary', isPrimary);
  const held = await all[successor].client().mget(...acknowledged.map(keyOf));
  const lost = acknowledged.filter((_, index) => held[index] === null);
  return {
    lost: lost.reduce((sum, number) => sum + bytesOf(number), 0),
    bound: boundOf(
      [last, one, two],
      all.map(({ address }) => address),
      successor === 2 ? two : one,
    ),
  };
}

async function trioOf(context: TestContext, redis: Readonly<Record<string, string>> = {}) {
  const world = await worldOf(context, 3, { redis: { 'enable-debug-command': 'yes', ...redis } });
  const all = [await world.start(0), await world.start(1), await world.start(2)] as const;
  const [primary, ...others] = all;
  world.appoint(1, 0);
  await untilReport(primary, 'is primary', isPrimary);
  for (const one of others) await untilReport(one, 'is in sync', ({ syncedTerm }) => syncedTerm === 1);
  return [world, all] as const;
}

async function lastWordOf(events: ReturnType<Running['events']>): Promise<InstanceReport> {
  for await (const event of events) {
    const state = event?.report.process.state;
    if (event !== undefined && (state === 'exited' || state === 'stopped')) return event.report;
  }
  return assert.fail('the stream ended before redis-server did');
}

function boundOf(
  reports: readonly [InstanceReport, ...InstanceReport[]],
  addresses: readonly string[],
  chosen: InstanceReport,
): number | undefined {
  const [last] = reports;
  const instances = new Map(
    reports.map((report, ordinal) => [
      report.pod,
      {
        ...replica(ordinal, { pod: podWith(ordinal, { uid: report.podUID, ip: addresses[ordinal] }) }),
        sighting: { kind: 'reported', report } as const,
      },
    ]),
  );
  const tenure = heldWith({ term: 1, target: last.pod, targetUID: last.podUID });
  return lossOf(tenure, chosen, viewWith({ instances })).atMost;
}

test('of a primary that ends in order under load nothing is lost, and that is claimed', async (context) => {
  const { lost, bound } = await lossAfter(context, (primary) => primary.stop());
  assert.deepEqual({ lost, bound }, { lost: 0, bound: 0 });
});

test('of a primary that crashes under load no more is lost than its report bounds', async (context) => {
  const { lost, bound } = await lossAfter(context, (primary) => primary.client().call('DEBUG', 'SEGFAULT'));
  assert.ok(bound !== undefined && lost <= bound, `${lost} bytes lost, ${bound} claimed`);
});

async function kill(primary: Running): Promise<void> {
  const { process: running } = await primary.report();
  process.kill(running.pid ?? assert.fail(), 'SIGKILL');
}

test('of a primary that is killed under load no more is lost than can have been on its way', async (context) => {
  const { lost, bound } = await lossAfter(context, kill);
  assert.ok(bound !== undefined && lost <= bound, `${lost} bytes lost, ${bound} claimed`);
});

test('whom a primary has disconnected is not among those that it streamed to until its end', async (context) => {
  const smallest = { 'client-output-buffer-limit': 'replica 2mb 0 0', 'repl-backlog-size': '1mb' };
  const [, [primary, ...others]] = await trioOf(context, smallest);
  const streams = async () => (await primary.report()).lastStreams;
  assert.equal(await streams(), undefined, 'it has not ended');
  const stuck = (await Promise.all(others.map((one) => one.report()))).map(
    ({ process: running }) => running.pid ?? assert.fail(),
  );
  const { process: running } = await primary.report();
  const events = primary.events(AbortSignal.timeout(20_000));
  for (const pid of stuck) process.kill(pid, 'SIGSTOP');
  try {
    // One command: nothing is looked at between the moment that disconnects them and the answer.
    const script = "for i = 1, 512 do redis.call('SET', 'key', string.rep('x', 65536)) end";
    await primary.client().eval(script, 0);
    process.kill(running.pid ?? assert.fail(), 'SIGKILL');
    assert.deepEqual((await lastWordOf(events)).lastStreams?.to ?? [], []);
  } finally {
    for (const pid of stuck) process.kill(pid, 'SIGCONT');
  }
});

test('a limit that is switched off bounds nothing', async (context) => {
  const [, [primary]] = await trioOf(context, { 'client-output-buffer-limit': 'replica 0 0 0' });
  const events = primary.events(AbortSignal.timeout(20_000));
  await kill(primary);
  assert.equal((await lastWordOf(events)).lastStreams, undefined);
});
