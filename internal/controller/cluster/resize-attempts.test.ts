import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../time/clock.ts';
import { milliseconds, moment } from '../../time/units.ts';
import { beingChanged, failurePatience, resizePatience } from './resize/state.ts';
import { ResizeAttempts, refusalHolds } from './resize-attempts.ts';
import { parts, podWith, resources } from './views.fixture.ts';

function attempts() {
  const time = { now: 0 };
  const clock = { monotonic: () => moment(time.now) } as Clock;
  return { made: new ResizeAttempts(clock), time };
}

const changing = (memory: string) =>
  podWith(1, {
    parts: { ...parts, resources: beingChanged },
    resources: { asked: { ...resources, limits: { memory } }, inForce: resources, delay: undefined },
  });

test('a pod waits since it was first seen to be changed, and anew when it is to have something else', () => {
  const { made, time } = attempts();
  made.look([changing('2Gi'), podWith(2)]);
  time.now = 5_000;
  made.look([changing('2Gi'), podWith(2)]);
  assert.deepEqual([...made.waits], [['uid-1', milliseconds(5_000)]]);
  made.look([changing('3Gi')]);
  assert.equal(made.waits.get('uid-1'), 0);
  made.look([podWith(1)]);
  assert.equal(made.waits.size, 0);
});

test('that a pod was resized is told once, and again when it is resized again', () => {
  const { made } = attempts();
  made.look([changing('2Gi')]);
  assert.ok(made.recorded('uid-1', 'these'));
  made.look([changing('2Gi')]);
  assert.ok(!made.recorded('uid-1', 'these'));
  made.look([podWith(1)]);
  assert.ok(made.recorded('uid-1', 'these'));
});

test('a refusal is about what was refused, and is forgotten in time', () => {
  const { made, time } = attempts();
  const refusal = { because: 'QOS', anewToo: false };
  made.refused('these', refusal);
  assert.equal(made.refusalOf('these'), refusal);
  assert.equal(made.refusalOf('others'), undefined);
  assert.equal(made.refusalOf(undefined), undefined);
  time.now = refusalHolds;
  assert.equal(made.refusalOf('these'), undefined);
});

test('the kubelet gets three of its own tries, which come every three minutes', () => {
  assert.ok(resizePatience > 3 * 3 * 60_000);
  assert.ok(failurePatience > 60_000 && failurePatience < resizePatience, 'two of its looks at a pod');
});
