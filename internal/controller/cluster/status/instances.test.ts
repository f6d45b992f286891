import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../time/units.ts';
import { hold } from '../failover/step.ts';
import { type InstanceView, reportOf } from '../view.ts';
import { instances, primary, replica, reported, silent, viewWith } from '../views.fixture.ts';
import { assess } from './assess.ts';
import { instancesStatus } from './instances.ts';

/** One that was heard, and has left a question unanswered for so long. */
const fallenSilent = (one: InstanceView, length: number): InstanceView => ({
  ...one,
  sighting: silent,
  lastReport: reportOf(one),
  missedFor: seconds(length),
});

const shown = (length: number) => {
  const view = viewWith({
    instances: instances(fallenSilent(primary(0), length), fallenSilent(replica(1), length), replica(2)),
  });
  const { phase, replicas } = assess({ view, step: hold('of a reason'), obstacles: [], problems: [] });
  const connected = Object.values(instancesStatus(view, {})).map((entry) => entry.connected);
  return { phase, inSync: replicas.inSync, connected };
};

test('one lost question is no news: the status stays as it was, and nothing is written (I10)', () => {
  assert.deepEqual(shown(1), {
    phase: 'Healthy',
    inSync: ['shop-1', 'shop-2'],
    connected: [true, true, true],
  });
});

test('a silence that lasts is told', () => {
  assert.deepEqual(shown(6), { phase: 'Degraded', inSync: ['shop-2'], connected: [false, false, true] });
});

test('what a pod said that is no more is not said by the one that took its place', () => {
  const old = fallenSilent(primary(0), 1);
  const anew = { ...old, pod: old.pod === undefined ? undefined : { ...old.pod, uid: 'another' } };
  const view = viewWith({ instances: instances(anew, replica(1), replica(2)) });
  assert.equal(instancesStatus(view, {})['shop-0']?.connected, false);
});

test('words that the schema would refuse are cut to what it takes', () => {
  const divergent = { kept: false, message: 'x'.repeat(5000) };
  const view = viewWith({
    instances: instances(primary(0), replica(1, { sighting: reported(1, { divergent }) })),
  });
  assert.equal(instancesStatus(view, {})['shop-1']?.divergentData?.message.length, 1024);
});

test('where divergent data was kept stays in the status until there is newer, and nobody writes it twice', () => {
  const before = instancesStatus(viewWith({}), {});
  const kept = { kept: true, message: 'it is kept there' };
  const told = {
    ...before,
    'shop-1': { ...before['shop-1'], divergentData: kept } as (typeof before)[string],
  };
  assert.deepEqual(instancesStatus(viewWith({}), told)['shop-1']?.divergentData, kept);
  const unheard = viewWith({ instances: instances(primary(0), fallenSilent(replica(1), 6), replica(2)) });
  assert.deepEqual(instancesStatus(unheard, told)['shop-1']?.divergentData, kept);
});
