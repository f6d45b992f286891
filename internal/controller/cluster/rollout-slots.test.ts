import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../time/hand-clock.fixture.ts';
import { milliseconds } from '../../time/units.ts';
import { RolloutSlots, slotPatience } from './rollout-slots.ts';

const named = (name: string) => ({ namespace: 'orders', name });

test('so many clusters are updated at once, and each goes on once it has begun', () => {
  const slots = new RolloutSlots(2, new HandClock());
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => slots.take(named(name))),
    [true, true, false],
  );
  assert.ok(slots.take(named('a')), 'its next pod');
  assert.ok(!slots.mayTake(named('c')));
  slots.giveBack(named('b'));
  assert.ok(slots.mayTake(named('c')) && slots.take(named('c')));
  assert.ok(!slots.mayTake(named('b')));
});

test('a cluster whose update is stuck keeps the others waiting for a while only', async () => {
  const clock = new HandClock();
  const slots = new RolloutSlots(1, clock);
  slots.take(named('stuck'));
  await clock.pass(milliseconds(slotPatience - 1));
  assert.ok(!slots.mayTake(named('next')));
  await clock.pass(milliseconds(1));
  assert.ok(slots.take(named('next')));
  assert.ok(!slots.take(named('stuck')), 'it has to wait for its turn again');
});
