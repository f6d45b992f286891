import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../time/hand-clock.fixture.ts';
import { comesBackWithin, notNowHolds, refusalHolds, UpgradeAttempts } from './upgrade-attempts.ts';

const sent = { version: '2', because: 'it is of version 1' };

function attempts() {
  const clock = new HandClock();
  const made = new UpgradeAttempts(clock);
  return { clock, made, of: (uid: string) => made.known.get(uid) };
}

test('who took the binary in is waited for, and has refused when it does not come back', async () => {
  const { clock, made, of } = attempts();
  made.sending('a', sent);
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
  made.sending('b', sent);
  made.forgetRefusals();
  assert.equal(of('a'), undefined);
  assert.deepEqual(of('b'), { kind: 'underWay' });
});

test('that a manager is of the version that it was sent is told once, whatever it answered', () => {
  const { made } = attempts();
  assert.equal(made.seen('a', '2'), undefined, 'nothing was sent');
  made.sending('a', sent);
  assert.equal(made.seen('a', '1'), undefined, 'it is the old one');
  made.notNow('a', 'the connection broke');
  assert.equal(made.seen('a', '2'), sent.because);
  made.taken('a');
  assert.equal(made.seen('a', '2'), undefined);
});
