import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordFile } from '../../../internal/instance-manager/record-file.ts';
import { recordPath } from '../../../internal/instance-manager/volume.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import { type Running, until, untilReport } from './running.ts';
import { isPrimary, worldOf } from './world.ts';

const refusesWrites = (running: Running): Promise<void> =>
  assert.rejects(running.client().set('probe', '1'), /NOREPLICAS|READONLY|MASTERDOWN/);

test('it boots fenced: alive, not ready, serving reads, taking no writes', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  const report = await one.report();
  assert.equal(report.role, 'fenced');
  assert.equal(report.term, 0);
  assert.equal(report.data.foundOnVolume, false);
  assert.ok(report.engine?.name === 'redis' || report.engine?.name === 'valkey');
  await refusesWrites(one);
  assert.equal(await one.client().get('probe'), null);
  assert.deepEqual(await one.probe('/healthz'), { status: 200, text: 'ok\n' });
  assert.deepEqual(await one.probe('/readyz'), { status: 503, text: 'nobody has been appointed yet\n' });
  assert.equal((await one.probe('/')).status, 404);
});

test('it becomes primary when it is appointed, with the term on its volume', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  const appointed = systemClock.monotonic();
  world.appoint(1, 0);
  await until('a write', async () => ((await one.client().set('a', '1')) === 'OK' ? true : undefined));
  assert.ok(systemClock.monotonic() - appointed < 500, 'the poll is not what makes it act');
  const report = await untilReport(one, 'is primary', isPrimary);
  assert.equal(report.term, 1);
  assert.equal(report.fence, undefined);
  assert.deepEqual(await new RecordFile(recordPath(one.layout.dataFolder)).read(), {
    kind: 'record',
    record: { term: 1, role: 'primary' },
  });
  assert.deepEqual(await one.probe('/readyz'), { status: 200, text: 'ok\n' });
});

test('what a cache says makes nobody primary: only a live read does', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  world.appoint(1, 0, { primaryFencedSince: '2026-01-01T00:00:00Z' });
  await untilReport(one, 'is fenced', ({ role }) => role === 'fenced');

  // The cache will say that the fence is lifted and then nothing more; the API server cannot be reached to confirm.
  const { get } = world.api;
  world.api.get = () => Promise.reject(new Error('no live read'));
  world.appoint(1, 0);
  await systemClock.sleep(milliseconds(400));
  await refusesWrites(one);
  assert.match((await one.report()).fence ?? '', /term 1 names this instance/);
  world.api.get = get;
  await untilReport(one, 'is primary again', isPrimary);
});

test('replicas follow the primary, prove that they are in sync, and turn round when the tenure does', async (context) => {
  const world = await worldOf(context, 3);
  const [one, two, three] = [await world.start(0), await world.start(1), await world.start(2)];
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  for (let count = 0; count < 100; count += 1) await one.client().set(`key:${count}`, count);
  for (const replica of [two, three]) {
    const { upstream, role } = await untilReport(
      replica,
      'is in sync',
      (report) => report.upstream?.inSync === true,
    );
    assert.equal(role, 'replica');
    assert.equal(upstream?.pod, one.pod);
    assert.equal(upstream?.address, one.address);
    await until('ready', async () => ((await replica.probe('/readyz')).status === 200 ? true : undefined));
    await until('the last key', async () =>
      (await replica.client().get('key:99')) === '99' ? true : undefined,
    );
    await refusesWrites(replica);
  }
  const connected = one.client();
  await connected.ping();

  world.appoint(2, 1);
  await untilReport(two, 'is primary', isPrimary);
  for (const replica of [one, three]) {
    const report = await untilReport(
      replica,
      'follows the new primary',
      ({ upstream }) => upstream?.inSync === true && upstream.pod === two.pod,
    );
    assert.equal(report.term, 2);
    await refusesWrites(replica);
  }
  await assert.rejects(connected.ping(), 'clients of the old primary are disconnected');
  await two.client().set('after', 'yes');
  const digests = async (): Promise<true | undefined> => {
    const found = await Promise.all([one, two, three].map((each) => each.client().call('DEBUG', 'DIGEST')));
    return new Set(found).size === 1 ? true : undefined;
  };
  await until('the same data everywhere', digests);
  assert.equal(await one.client().get('after'), 'yes');
  const partial = (line: string): boolean => line.includes('Successful partial resynchronization');
  await until('the old primary says that it needed no full resync', () =>
    Promise.resolve(one.log.some(partial) ? true : undefined),
  );
});

test('an older tenure changes nothing, not even after a restart of the manager', async (context) => {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  world.appoint(5, 0);
  await untilReport(one, 'is primary', isPrimary);
  await untilReport(two, 'obeys term 5', ({ term, upstream }) => term === 5 && upstream?.inSync === true);
  world.appoint(4, 1);
  await systemClock.sleep(milliseconds(400));
  assert.equal((await one.report()).role, 'primary');
  await refusesWrites(two);

  assert.equal(await two.stop(), 0);
  const again = await world.start(1);
  const report = await again.report();
  assert.equal(report.term, 5);
  assert.equal(report.data.lastRole, 'replica');
  assert.equal(report.data.foundOnVolume, true);
  await systemClock.sleep(milliseconds(300));
  assert.equal((await again.report()).role, 'fenced');
  assert.match((await again.probe('/readyz')).text, /term 4 is older than term 5/);
});

test('a primary that restarts never goes on by itself; a newer appointment makes it primary with its data', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  await one.client().set('kept', 'yes');
  assert.equal(await one.stop(), 0);

  const again = await world.start(0);
  const report = await again.report();
  assert.equal(report.bootTerm, 1);
  assert.equal(report.data.lastRole, 'primary');
  await systemClock.sleep(milliseconds(300));
  await refusesWrites(again);
  assert.match((await again.report()).fence ?? '', /before this redis-server started/);

  world.appoint(2, 0);
  await untilReport(again, 'is primary', isPrimary);
  assert.equal(await again.client().get('kept'), 'yes');
});

test('a cluster of one goes on by itself, after a crash and after a restart', async (context) => {
  const world = await worldOf(context, 1);
  const one = await world.start(0);
  world.appoint(1, 0);
  const { process: first } = await untilReport(one, 'is primary', isPrimary);
  await one.client().set('kept', 'yes');
  process.kill(first.pid ?? assert.fail(), 'SIGTERM');
  await untilReport(
    one,
    'is primary again',
    (report) => isPrimary(report) && report.process.pid !== first.pid,
  );
  assert.equal(await one.client().get('kept'), 'yes');
  assert.equal(await one.stop(), 0);
  const again = await world.start(0);
  await untilReport(again, 'is primary again', isPrimary);
  assert.equal(await again.client().get('kept'), 'yes');
});

test('it follows nobody while the address of the primary is unknown, and never itself', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  const status = { term: 1, targetPrimary: 'orders-1' };
  world.api.write({ status });
  await untilReport(one, 'obeys term 1', ({ term }) => term === 1);
  assert.match((await one.probe('/readyz')).text, /the address of orders-1 is not known yet/);
  const entry = { role: 'unknown', connected: true, inSync: false, ip: one.address };
  world.api.write({ status: { ...status, instancesStatus: { 'orders-1': entry } } });
  await until('it says so', async () =>
    (await one.probe('/readyz')).text.includes('the address given for orders-1 is our own')
      ? true
      : undefined,
  );
  assert.equal((await one.report()).role, 'fenced');
});

test('a link that was made without a history is made again', async (context) => {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  // As a redis-server that is just being promoted: PSYNC is refused, and a moment later everything is granted.
  const forbidden = await one.client().call('ACL', 'SETUSER', 'default', '-psync');
  assert.equal(forbidden, 'OK');
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  await untilReport(
    two,
    'fell back',
    ({ upstream, replicationId }) => upstream?.linkUp === true && replicationId === '',
  );
  await one.client().call('ACL', 'SETUSER', 'default', '+psync');
  const { replicationId } = await untilReport(two, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  assert.equal(replicationId, (await one.report()).replicationId);
  assert.ok(two.log.some((line) => line.includes('has no history and is made again')));
});

test('outdated data is served while nobody is followed, and not by a replica that has lost its primary', async (context) => {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  const served = async (): Promise<string> =>
    String((await two.client().config('GET', 'replica-serve-stale-data')) ?? '');
  assert.match(await served(), /yes/);
  world.appoint(1, 0);
  await untilReport(two, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  assert.match(await served(), /no/);
  assert.equal(await one.stop(), 0);
  await until(
    'nothing outdated',
    async () =>
      await two
        .client()
        .get('a')
        .then(
          () => undefined,
          (failure: Error) => failure.message.includes('MASTERDOWN') || undefined,
        ),
  );
  await two.command('prepare', { term: 2 });
  assert.equal(await two.client().get('a'), null);
});
