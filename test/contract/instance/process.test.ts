import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { InstanceEvent, InstanceReport } from '../../../internal/control/protocol.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds, seconds } from '../../../internal/time/units.ts';
import { assertShorter } from '../../suite/deadlines.ts';
import { type Running, until, untilReport } from './running.ts';
import { appointmentOf, isPrimary, worldOf } from './world.ts';

/** The first event of this kind, and how long after `since` it came, in milliseconds. */
async function heard(running: Running, kind: InstanceEvent['kind'], action: () => void) {
  const limit = new AbortController();
  const events = running.events(AbortSignal.any([limit.signal, systemClock.deadline(seconds(10))]));
  assert.equal((await events.next()).value?.kind, 'hello');
  const since = systemClock.monotonic();
  action();
  for await (const event of events) {
    if (event?.kind !== kind) continue;
    limit.abort();
    return { event, took: systemClock.monotonic() - since };
  }
  return assert.fail(`no event ${kind}`);
}

const kill = (pid: number | undefined): void => {
  process.kill(pid ?? assert.fail('it has no pid'), 'SIGKILL');
};

test('a killed redis-server is told of at once, started again, and never resumes its term', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  world.appoint(1, 0);
  const { process: first } = await untilReport(one, 'is primary', isPrimary);
  await one.client().set('kept', 'yes');

  const { event, took } = await heard(one, 'exit', () => kill(first.pid));
  context.diagnostic(`SIGKILL to exit event: ${took.toFixed(1)} ms`);
  assertShorter(took, 200, 'until its end was told');
  assert.equal(event.report.process.state, 'exited');
  assert.equal(event.report.process.exit?.signal, 'SIGKILL');
  assert.equal(event.report.role, 'none');
  assert.equal(event.report.term, 1);

  const again = await untilReport(one, 'runs again', ({ process }) => process.state === 'running');
  assert.notEqual(again.process.pid, first.pid);
  assert.equal(again.bootTerm, 1);
  await systemClock.sleep(milliseconds(300));
  assert.equal((await one.report()).role, 'fenced');
  await assert.rejects(one.client().set('probe', '1'), /READONLY/);

  world.appoint(2, 0);
  await untilReport(one, 'is primary', isPrimary);
  // What a second of appendfsync everysec holds back may be gone: that is why the term is.
  assert.ok(['yes', null].includes(await one.client().get('kept')));
});

test('a snapshot being written when redis-server dies does not hold back the news', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  world.appoint(1, 0);
  const { process: first } = await untilReport(one, 'is primary', isPrimary);
  await one.client().set('key', 'value');
  await one.client().config('SET', 'rdb-key-save-delay', '3000000');
  await one.client().bgsave();
  const { took } = await heard(one, 'exit', () => kill(first.pid));
  assertShorter(took, 200, 'until its end was told');
});

test('a directive that redis-server refuses ends the manager with its code and its words', async (context) => {
  const world = await worldOf(context, 1, { redis: { hz: 'often' } });
  const one = await world.launch(0);
  assert.equal(await one.ended, 1);
  const message = await readFile(one.layout.terminationMessage, 'utf8');
  assert.match(message, /hz/);
  assert.match(message, /argument|integer/i);
});

test('while the API server cannot be reached the manager waits, alive and saying so, and can be stopped', async (context) => {
  const world = await worldOf(context, 1);
  world.api.reachable = false;
  const one = await world.launch(0);
  const text = await until('the port answers', async () => (await one.probe('/readyz')).text);
  assert.equal(text, 'redis-server is starting\n');
  assert.equal((await one.probe('/healthz')).status, 200);
  assert.match(await (await one.probe('/metrics')).text, /^redis_up\{.*\} 0$/m);
  await until('it says why', async () =>
    one.log.some((line) => line.includes('cannot be read')) ? true : undefined,
  );
  assert.equal(await one.stop(), 0);

  const other = await world.launch(0);
  await until('the port answers', async () => (await other.probe('/healthz')).text);
  world.api.reachable = true;
  await untilReport(other, 'runs', ({ process }) => process.state === 'running');
});

test('a long load is no failure: alive, not ready, and what it says', async (context) => {
  const world = await worldOf(context, 1, { persistence: 'rdb' });
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  const filled = one.client();
  await filled.call('DEBUG', 'POPULATE', '400', 'key', '1000');
  assert.equal(await one.stop(), 0);

  // 400 keys of 3 ms each, and a look around at every kilobyte.
  const slow = { 'key-load-delay': '3000', 'loading-process-events-interval-bytes': '1024' };
  world.api.write({ spec: { ...world.spec, redis: slow } });
  const again = await world.launch(0);
  await untilReport(again, 'loads', ({ process }) => process.state === 'loading');
  assert.deepEqual(await again.probe('/readyz'), { status: 503, text: 'redis-server is loading\n' });
  assert.equal((await again.probe('/healthz')).status, 200);
  assert.match((await again.probe('/metrics')).text, /^redis_loading\{.*\} 1$/m);
  const { data } = await untilReport(again, 'is primary', isPrimary);
  assert.equal(data.keys, 400);
  await until('ready', async () => ((await again.probe('/readyz')).status === 200 ? true : undefined));
  assert.equal(await again.stop(), 0);
});

test('what is kept across a stop in order is what the persistence says', async (context) => {
  for (const [persistence, kept] of [
    ['aof', 'yes'],
    ['rdb', 'yes'],
    ['none', null],
  ] as const) {
    const world = await worldOf(context, 1, { persistence });
    const one = await world.start(0);
    world.appoint(1, 0);
    await untilReport(one, 'is primary', isPrimary);
    await one.client().set('kept', 'yes');
    assert.equal(await one.stop(), 0);
    const again = await world.start(0);
    await untilReport(again, 'is primary', isPrimary);
    assert.equal(await again.client().get('kept'), kept, persistence);
  }
});

test('a primary that saved its data set at its end says so when it is back, and one that was killed does not', async (context) => {
  for (const [persistence, saved] of [
    ['rdb', 1],
    ['none', undefined],
  ] as const) {
    const world = await worldOf(context, 2, { persistence });
    const one = await world.start(0);
    world.appoint(1, 0, await appointmentOf(one, 1));
    await untilReport(one, 'is primary', isPrimary);
    await one.client().set('kept', 'yes');
    assert.equal(await one.stop(), 0);
    const again = await world.start(0);
    assert.equal((await again.report()).data.saved, saved, persistence);
    const { pid: killed } = (await again.report()).process;
    kill(killed);
    const isAnother = ({ process: { pid, state } }: InstanceReport) => pid !== killed && state === 'running';
    await untilReport(again, 'is started again', isAnother);
    assert.equal((await again.report()).data.saved, saved, 'it had no role in between');
    world.appoint(2, 0, await appointmentOf(again, 2));
    await untilReport(again, 'is primary again', isPrimary);
    assert.equal((await again.report()).data.saved, undefined);
  }
});

test('an invalid spec is told and takes no role away', async (context) => {
  const world = await worldOf(context, 1, { redis: { hz: '10' } });
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  world.api.write({ spec: { ...world.spec, redis: { hz: '10', port: '1' } } });
  const { configError, role } = await untilReport(
    one,
    'says so',
    (report) => report.configError !== undefined,
  );
  assert.match(configError ?? '', /"port" may not be set/);
  assert.equal(role, 'primary');
  world.api.write({ spec: world.spec });
  await untilReport(one, 'is content', (report) => report.configError === undefined);
  assert.deepEqual((await one.report()).pendingRestart, []);
});
