import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { between, milliseconds } from '../../../internal/time/units.ts';
import { until, untilReport } from './running.ts';
import { isPrimary, worldOf } from './world.ts';

test('a redis-server that takes long to save its data is let do so when it is stopped: no SIGKILL, and nothing is lost', async (context) => {
  const world = await worldOf(context, 1, { persistence: 'rdb' });
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  await one.client().call('DEBUG', 'POPULATE', '400', 'key', '100');
  // 400 keys of 10 ms each.
  await one.client().config('SET', 'rdb-key-save-delay', '10000');
  const asked = systemClock.monotonic();
  assert.equal(await one.stop(), 0);
  assert.ok(between(asked, systemClock.monotonic()) >= 3500, 'it was waited for');
  assert.deepEqual(
    one.log.filter((line) => /SIGKILL|is killed/.test(line)),
    [],
  );
  const again = await world.start(0);
  await untilReport(again, 'is primary', isPrimary);
  assert.equal(await again.client().dbsize(), 400);
});

test('a redis-server that does not answer is still not killed seconds after it was asked to stop', async (context) => {
  const world = await worldOf(context, 2);
  const one = await world.start(0);
  world.appoint(1, 0);
  const { process: server } = await untilReport(one, 'is primary', isPrimary);
  await one.client().set('kept', 'yes');
  process.kill(server.pid ?? assert.fail(), 'SIGSTOP');
  const stopped = one.stop();
  try {
    await until('it was asked', async () =>
      one.log.some((line) => line.includes('stopping')) ? true : undefined,
    );
    await systemClock.sleep(milliseconds(5000));
    assert.ok(!one.log.some((line) => line.includes('is killed')));
  } finally {
    process.kill(server.pid ?? assert.fail(), 'SIGCONT');
  }
  assert.equal(await stopped, 0);
  const again = await world.start(0);
  world.appoint(2, 0);
  await untilReport(again, 'is primary', isPrimary);
  assert.equal(await again.client().get('kept'), 'yes');
});
