import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { InstanceReport } from '../../../internal/control/protocol.ts';
import { lossOf } from '../../../internal/controller/cluster/failover/loss.ts';
import { heldWith, podWith, replica, viewWith } from '../../../internal/controller/cluster/views.fixture.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import { type Running, untilReport } from './running.ts';
import { isPrimary, worldOf } from './world.ts';

/** Every write of one client, many on their way at a time: those that were acknowledged, by their number. */
async function writeUntilRefused(primary: Running): Promise<readonly number[]> {
  const client = primary.client();
  const acknowledged: number[] = [];
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
    return acknowledged;
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
  const world = await worldOf(context, 3);
  const all = [await world.start(0), await world.start(1), await world.start(2)] as const;
  const [primary, ...others] = all;
  world.appoint(1, 0);
  await untilReport(primary, 'is primary', isPrimary);
  for (const one of others) await untilReport(one, 'is in sync', ({ syncedTerm }) => syncedTerm === 1);
  const events = primary.events(AbortSignal.timeout(20_000));
  const writing = writeUntilRefused(primary);
  await systemClock.sleep(milliseconds(300));
  void end(primary).catch(() => undefined);
  const last = await lastWordOf(events);
  const acknowledged = await writing;
  assert.ok(acknowledged.length > 1000, `${acknowledged.length} writes`);
  const [one, two] = [await others[0].report(), await others[1].report()];
  const successor = two.offset > one.offset ? 2 : 1;
  world.appoint(2, successor);
  await untilReport(all[successor], 'is primary', isPrimary);
  const held = await all[successor].client().mget(...acknowledged.map(keyOf));
  const lost = acknowledged.filter((_, index) => held[index] === null);
  return {
    lost: lost.reduce((sum, number) => sum + bytesOf(number), 0),
    bound: boundOf(last, [one, two], successor === 2 ? two : one),
  };
}

async function lastWordOf(events: ReturnType<Running['events']>): Promise<InstanceReport> {
  for await (const event of events) {
    const state = event?.report.process.state;
    if (event !== undefined && (state === 'exited' || state === 'stopped')) return event.report;
  }
  return assert.fail('the stream ended before redis-server did');
}

function boundOf(
  last: InstanceReport,
  others: readonly InstanceReport[],
  chosen: InstanceReport,
): number | undefined {
  const instances = new Map(
    [last, ...others].map((report, ordinal) => [
      report.pod,
      {
        ...replica(ordinal, { pod: podWith(ordinal, { uid: report.podUID }) }),
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

test('of a primary that is killed under load no bound is claimed', async (context) => {
  const { bound } = await lossAfter(context, async (primary) => {
    const { process: running } = await primary.report();
    process.kill(running.pid ?? assert.fail(), 'SIGKILL');
  });
  assert.equal(bound, undefined);
});
