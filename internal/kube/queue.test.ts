import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock, settle, turn } from '../time/hand-clock.fixture.ts';
import { type Duration, milliseconds, seconds } from '../time/units.ts';
import { refusalError } from './errors.ts';
import { NotedLog } from './noted-log.fixture.ts';
import { WorkQueue } from './queue.ts';

interface Bench {
  readonly queue: WorkQueue;
  readonly clock: HandClock;
  readonly log: NotedLog;
  /** Each begin of work: the key, and when. */
  readonly begun: string[];
}

/** A queue whose work is `work`; it notes when it begins on what. */
function benchOf(
  work: (key: string, queue: WorkQueue, signal: AbortSignal) => Promise<Duration | undefined>,
  workers = 2,
): Bench {
  const [clock, log] = [new HandClock(), new NotedLog()];
  const begun: string[] = [];
  const queue: WorkQueue = new WorkQueue(
    {
      workers,
      work: (key, signal) => {
        begun.push(`${key} at ${clock.monotonic()}`);
        return work(key, queue, signal);
      },
    },
    { clock, log, random: () => 1 },
  );
  return { queue, clock, log, begun };
}

const done = (): Promise<undefined> => Promise.resolve(undefined);

test('a key that is added many times is worked on once', async () => {
  const { queue, begun } = benchOf(done, 1);
  for (const key of ['a', 'b', 'b', 'c', 'b']) queue.add(key);
  assert.equal(queue.depth, 2);
  await settle();
  assert.deepEqual(begun, ['a at 0', 'b at 0', 'c at 0']);
});

test('a key that is added while it is worked on is worked on once more, never twice at a time', async () => {
  const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let at = 0;
  const { queue, begun } = benchOf(() => gates[at++]?.promise ?? done());
  queue.add('a');
  await settle();
  queue.add('a');
  queue.add('a');
  await settle();
  assert.equal(begun.length, 1);
  gates[0]?.resolve(undefined);
  await settle();
  assert.equal(begun.length, 2);
  gates[1]?.resolve(undefined);
  await settle();
  assert.equal(begun.length, 2);
});

test('work that adds its own key before it first waits does not meet itself', async () => {
  let running = 0;
  let most = 0;
  const { queue, begun } = benchOf(async (key, own) => {
    running++;
    most = Math.max(most, running);
    if (begun.length < 3) own.add(key);
    await turn();
    running--;
    return undefined;
  });
  queue.add('a');
  for (let turn = 0; turn < 10; turn++) await settle();
  assert.equal(most, 1);
  assert.equal(begun.length, 3);
});

test('no more keys are worked on at once than there are workers', async () => {
  const gates = new Map<string, () => void>();
  const { queue, begun } = benchOf((key) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gates.set(key, () => resolve(undefined));
    return promise;
  });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await settle();
  assert.deepEqual(begun, ['a at 0', 'b at 0']);
  gates.get('b')?.();
  await settle();
  assert.deepEqual(begun, ['a at 0', 'b at 0', 'c at 0']);
});

test('work says when to come back, and of several waits the one that ends first counts', async () => {
  const { queue, clock, begun } = benchOf((key) => Promise.resolve(key === 'a' ? seconds(5) : undefined));
  queue.add('a');
  await clock.pass(seconds(6));
  queue.addAfter('b', seconds(3));
  queue.addAfter('b', seconds(1));
  queue.addAfter('b', seconds(2));
  await clock.pass(seconds(3));
  assert.deepEqual(begun, ['a at 0', 'a at 5000', 'b at 7000']);
});

test('a key that is added at once need not be come back to', async () => {
  const { queue, clock, begun } = benchOf(done);
  queue.addAfter('a', seconds(3));
  queue.add('a');
  await clock.pass(seconds(10));
  assert.deepEqual(begun, ['a at 0']);
  assert.equal(clock.waiting, 0);
});

test('work that fails is logged and tried again, later each time, until it succeeds', async () => {
  let left = 4;
  const { queue, clock, log, begun } = benchOf(async () => {
    await turn();
    if (left-- > 0) throw new Error('no luck', { cause: new Error('rain') });
    return undefined;
  });
  queue.add('a');
  await clock.pass(seconds(60));
  assert.deepEqual(begun, ['a at 0', 'a at 5', 'a at 15', 'a at 35', 'a at 75']);
  assert.deepEqual(
    log.of('warn').map(({ fields }) => fields),
    [1, 2, 3, 4].map((failures) => ({
      key: 'a',
      failures,
      because: 'no luck: rain',
      retryInMs: 5 * 2 ** (failures - 1),
    })),
  );
});

test('an API server that asks us to stay away is obeyed', async () => {
  const busy = refusalError({ status: 429, body: 'Too many requests', retryAfter: '7' }, 'GET /a');
  const { queue, clock, begun } = benchOf(
    (): Promise<undefined> => (begun.length === 1 ? Promise.reject(busy) : done()),
  );
  queue.add('a');
  await clock.pass(seconds(60));
  assert.deepEqual(begun, ['a at 0', 'a at 7000']);
});

test('a key that failed once is not held up by it after it has succeeded', async () => {
  const outcomes = ['fails', 'succeeds', 'fails', 'succeeds'];
  const { queue, clock, begun } = benchOf(
    (): Promise<undefined> => (outcomes.shift() === 'fails' ? Promise.reject(new Error('no luck')) : done()),
  );
  queue.add('a');
  await clock.pass(milliseconds(100));
  queue.add('a');
  await clock.pass(milliseconds(100));
  assert.deepEqual(begun, ['a at 0', 'a at 5', 'a at 100', 'a at 105']);
});

test('at the end what runs is told so and waited for, and nothing begins any more', async () => {
  let told = false;
  const { queue, clock, begun } = benchOf(async (_key, _queue, signal) => {
    signal.addEventListener('abort', () => {
      told = true;
    });
    await clock.sleep(seconds(3));
    return seconds(1);
  }, 1);
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', seconds(1));
  await settle();
  const stopping = queue.stop({ patience: seconds(1), limit: seconds(20) });
  await clock.pass(milliseconds(999));
  assert.ok(!told, 'it may end by itself');
  await clock.pass(milliseconds(1));
  assert.ok(told);
  await clock.pass(seconds(3));
  await stopping;
  queue.add('d');
  queue.addAfter('e', seconds(1));
  await clock.pass(seconds(60));
  assert.deepEqual(begun, ['a at 0']);
  assert.equal(clock.waiting, 0);
});

test('at the end, what does not end is not waited for longer than the limit', async () => {
  const { queue, clock } = benchOf(() => new Promise(() => undefined));
  queue.add('a');
  await settle();
  let stopped = false;
  const stopping = queue.stop({ patience: seconds(1), limit: seconds(20) }).then(() => {
    stopped = true;
  });
  await clock.pass(milliseconds(20_999));
  assert.equal(stopped, false);
  await clock.pass(milliseconds(1));
  await stopping;
});

test('at the end, what ends in time by itself is not cut short', async () => {
  let cut = false;
  const { queue, clock } = benchOf(async (_key, _queue, signal) => {
    await clock.sleep(milliseconds(900));
    cut = signal.aborted;
    return undefined;
  });
  queue.add('a');
  await settle();
  const stopping = queue.stop({ patience: seconds(1), limit: seconds(20) });
  await clock.pass(milliseconds(900));
  await stopping;
  assert.equal(cut, false);
  assert.equal(clock.waiting, 0);
});
