import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RecordFile } from '../../../internal/instance-manager/record-file.ts';
import { recordPath } from '../../../internal/instance-manager/volume.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { between, milliseconds } from '../../../internal/time/units.ts';
import { type Running, until, untilReport } from './running.ts';
import { isPrimary, type World, worldOf } from './world.ts';

async function pairOf(context: TestContext): Promise<readonly [World, Running, Running]> {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  await one.client().set('kept', 'yes');
  await untilReport(two, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  await until('what was written', async () =>
    (await two.client().get('kept')) === 'yes' ? true : undefined,
  );
  return [world, one, two];
}

const recordOf = async (running: Running): Promise<unknown> => {
  const stored = await new RecordFile(recordPath(running.layout.dataFolder)).read();
  return stored.kind === 'record' ? stored.record : stored;
};

test('prepare: the promise is on the volume, nobody is followed, the history is kept, and it holds across a restart', async (context) => {
  const [world, one, two] = await pairOf(context);
  const before = await two.report();
  const report = await two.command('prepare', { term: 2 });
  assert.deepEqual(await recordOf(two), { term: 2, role: undefined });
  assert.equal(report.role, 'fenced');
  assert.equal(report.upstream, undefined);
  assert.equal(report.replicationId, before.replicationId);
  assert.ok(report.offset >= before.offset);
  assert.equal(report.promise?.term, 2);
  assert.ok((report.promise?.forMs ?? 9999) < 1000);
  assert.equal(report.syncedTerm, 1, 'it stays a candidate');

  await one.client().set('later', 'yes');
  await systemClock.sleep(milliseconds(300));
  const later = await two.command('prepare', { term: 2 });
  assert.equal(later.offset, report.offset, 'nothing of the old primary reaches it');
  assert.ok((later.promise?.forMs ?? 0) >= 300, 'asked again, the promise is the one it was');

  assert.equal(await two.stop(), 0);
  const again = await (await world.start(1)).report();
  assert.equal(again.promise?.term, 2);
  assert.equal(again.role, 'fenced');
});

test('commands alone turn a cluster round, without the API server', async (context) => {
  const [world, one, two] = await pairOf(context);
  world.api.reachable = false;
  const lengths: number[] = [];
  for (let term = 2; term <= 9; term += 1) {
    const [next, last] = term % 2 === 0 ? [two, one] : [one, two];
    const resourceVersion = `${term}5`;
    await last.command('fence', { term: term - 1, resourceVersion: `${term}0` });
    const promised = await next.command('prepare', { term });
    const start = systemClock.monotonic();
    const report = await next.command('promote', { term, asOf: promised.clock, resourceVersion });
    lengths.push(between(start, systemClock.monotonic()));
    assert.equal(report.role, 'primary');
    assert.equal(report.term, term);
    assert.equal(report.promise, undefined);
    assert.equal(await next.client().set('term', term), 'OK');
    const follows = await last.command('follow', {
      term,
      primary: next.pod,
      address: next.address,
      resourceVersion,
    });
    assert.equal(follows.role, 'replica');
    assert.equal(follows.upstream?.pod, next.pod);
    await untilReport(last, 'is in sync', ({ upstream }) => upstream?.inSync === true);
    await until('the same data', async () =>
      (await last.client().get('term')) === String(term) ? true : undefined,
    );
  }
  const sorted = lengths.toSorted((first, second) => first - second);
  const median = sorted[Math.floor(sorted.length / 2)] ?? assert.fail();
  context.diagnostic(`promote: median ${median.toFixed(1)} ms, longest ${sorted.at(-1)?.toFixed(1)} ms`);
  assert.equal(await one.client().get('kept'), 'yes');
});

test('a fence is obeyed before it is answered', async (context) => {
  const [world, one] = await pairOf(context);
  const client = one.client();
  await client.ping();
  world.api.watchesHang = true;
  const report = await one.command('fence', { term: 1, resourceVersion: '100' });
  assert.equal(report.role, 'fenced');
  await assert.rejects(one.client().set('a', '1'), /NOREPLICAS/);
  await assert.rejects(client.ping());
  await assert.rejects(one.command('lease', { term: 1, asOf: report.clock }), /409/);
});

test('what is old, meant for another, or not its own is refused, and changes nothing', async (context) => {
  const [, one, two] = await pairOf(context);
  const { clock } = await one.report();
  const resourceVersion = '100';
  const address = one.address;
  await two.command('prepare', { term: 3 });
  const refused = [
    () => one.command('lease', { term: 1, asOf: clock, podUID: 'another' }),
    () => one.command('lease', { term: 2, asOf: clock }),
    () => one.command('lease', { term: 1, asOf: clock + 60_000 }),
    () => one.command('prepare', { term: 1 }),
    () => one.command('fence', { term: 1, resourceVersion, podUID: 'another' }),
    () => two.command('lease', { term: 1, asOf: clock }),
    () => two.command('prepare', { term: 2 }),
    () => two.command('promote', { term: 2, asOf: 1, resourceVersion }),
    () => two.command('follow', { term: 2, primary: one.pod, address, resourceVersion }),
    () => two.command('follow', { term: 3, primary: two.pod, address: two.address, resourceVersion }),
    () => two.command('promote', { term: 4, asOf: 1, resourceVersion, podUID: 'another' }),
  ];
  for (const [index, command] of refused.entries()) await assert.rejects(command, /409/, `number ${index}`);
  assert.equal((await one.report()).role, 'primary');
  assert.equal((await two.report()).promise?.term, 3);
  assert.equal(await one.client().set('a', '1'), 'OK');
});

test('a promote for the process that was is refused', async (context) => {
  const [, one] = await pairOf(context);
  const { process: first, clock } = await one.report();
  process.kill(first.pid ?? assert.fail(), 'SIGKILL');
  await untilReport(
    one,
    'runs again',
    ({ process: now }) => now.state === 'running' && now.pid !== first.pid,
  );
  await untilReport(one, 'knows its boot term', ({ bootTerm }) => bootTerm === 1);
  await assert.rejects(one.command('promote', { term: 1, asOf: clock, resourceVersion: '100' }), /409/);
  await assert.rejects(one.command('lease', { term: 1, asOf: clock }), /409/);
  // One that the operator decided on before the restart, and recorded after it, in a term later than the boot's.
  const late = { term: 2, asOf: clock, resourceVersion: '101', run: first.run ?? assert.fail() };
  await assert.rejects(one.command('promote', late), /409/);
  const { process: now, clock: asOf } = await one.report();
  assert.equal(
    (await one.command('promote', { ...late, asOf, run: now.run ?? assert.fail() })).role,
    'primary',
  );
});
