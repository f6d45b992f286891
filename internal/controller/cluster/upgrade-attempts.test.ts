import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../time/hand-clock.fixture.ts';
import { comesBackWithin, notNowHolds, refusalHolds, UpgradeAttempts } from './upgrade-attempts.ts';

function attempts() {
  const clock = new HandClock();
  const made = new UpgradeAttempts(clock);
  return { clock, made, of: (uid: string) => made.known.get(uid) };
}

test('who took the binary in is waited for, and has refused when it does not come back', async () => {
  const { clock, made, of } = attempts();
  made.sending('a');
  await clock.pass(comesBackWithin);
  assert.deepEqual(of('a'), { kind: 'underWay' }, 'it may come slowly');
  made.taken('a');
  assert.deepEqual(of('a'), { kind: 'underWay' });
  await clock.pass(comesBackWithin);
  assert.equal(of('a')?.kind, 'refused');
});

test('what was in the way of an instance is looked for again soon', async () => {
  const { clock, made, of } = attempts();
  made.notNow('a', 'it is handing over');
  assert.deepEqual(of('a'), { kind: 'refused', because: 'it is handing over' });
  await clock.pass(notNowHolds);
  assert.equal(of('a'), undefined);
  assert.ok(notNowHolds < refusalHolds);
});

test('a refusal holds for a while, or until nobody asks any more', async () => {
  const { clock, made, of } = attempts();
  made.refused('a', 'no room');
  assert.deepEqual(of('a'), { kind: 'refused', because: 'no room' });
  await clock.pass(refusalHolds);
  assert.equal(of('a'), undefined);
  made.refused('a', 'no room');
  made.sending('b');
  made.forgetRefusals();
  assert.equal(of('a'), undefined);
  assert.deepEqual(of('b'), { kind: 'underWay' });
});
