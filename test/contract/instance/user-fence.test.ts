import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Annotation } from '../../../api/v1/names.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import { until, untilReport } from './running.ts';
import { isPrimary, worldOf } from './world.ts';

test('the user fences an instance: its Redis stops in order, stays stopped across a restart, and comes back with its data', async (context) => {
  const world = await worldOf(context, 2);
  const [one, two] = [await world.start(0), await world.start(1)];
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  await untilReport(two, 'is in sync', ({ upstream }) => upstream?.inSync === true);
  await one.client().set('kept', 'yes');

  world.api.annotate({ [Annotation.fencedInstances]: JSON.stringify([one.pod]) });
  const report = await untilReport(one, 'is stopped', ({ process }) => process.state === 'stopped');
  assert.equal(report.fencedByUser, true);
  assert.equal(report.role, 'none');
  assert.deepEqual(report.process.exit, { code: 0 });
  assert.equal((await one.probe('/healthz')).status, 200);
  const ready = await one.probe('/readyz');
  assert.equal(ready.status, 503);
  assert.match(ready.text, /fenced by the user/);
  assert.equal((await two.report()).fencedByUser, false);

  world.api.annotate({ [Annotation.fencedInstances]: 'orders-0' });
  await systemClock.sleep(milliseconds(300));
  assert.equal((await one.report()).fencedByUser, true, 'what cannot be read lifts nothing');
  assert.equal((await two.report()).fencedByUser, false, 'and stops nobody');

  world.api.annotate({ [Annotation.fencedInstances]: '["*"]' });
  await untilReport(two, 'is stopped too', ({ process }) => process.state === 'stopped');
  assert.equal(await one.stop(), 0);
  const again = await world.launch(0);
  const booted = await untilReport(again, 'is stopped', ({ process }) => process.state === 'stopped');
  assert.equal(booted.fencedByUser, true);
  assert.equal(
    again.log.some((line) => line.includes('Ready to accept')),
    false,
    'it was never started',
  );

  world.api.annotate({});
  for (const instance of [again, two]) {
    const running = await untilReport(instance, 'runs', ({ process }) => process.state === 'running');
    assert.equal(running.fencedByUser, false);
  }
  world.appoint(2, 0);
  await untilReport(again, 'is primary', isPrimary);
  assert.equal(await until('its data', () => again.client().get('kept')), 'yes');
});
