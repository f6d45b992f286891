import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../time/units.ts';
import { decideFailover } from './decide.ts';
import { followerStates, heldBy, primaryStates, type State, viewOf } from './every-view.fixture.ts';

const { empty, otherHistory, silentLong, unproved } = followerStates;
const { restarted, restartedEmpty } = primaryStates;

const decide = (states: readonly (State | undefined)[], minSyncReplicas = 0, volumeKeepsWrites = true) => {
  const all = states.flatMap((state) => state ?? []);
  const view = viewOf(heldBy(all[0] ?? assert.fail(), undefined), all);
  return decideFailover({ ...view, policy: { ...view.policy, minSyncReplicas, volumeKeepsWrites } });
};

test('an old primary that is back with data goes on where all who were in sync are empty: nobody else ever could', () => {
  const step = decide([restarted, empty, empty]);
  assert.equal(step.kind === 'appoint' && step.pod, 'redis-0');
});

test('where all are empty, one that was in sync follows', () => {
  const step = decide([restartedEmpty, empty, empty]);
  assert.equal(step.kind === 'appoint' && step.pod, 'redis-1');
});

test('whoever is silent may have what WAIT acknowledged, and a volume that keeps less does not vouch for it (I3)', () => {
  assert.equal(decide([restarted, empty, silentLong], 1, false).kind, 'hold');
  assert.equal(decide([restarted, empty, silentLong], 1, true).kind, 'appoint');
});

test('an old snapshot does not vouch for what WAIT acknowledged while those who were in sync are silent (I3)', () => {
  assert.equal(decide([restarted, silentLong, silentLong], 1, false).kind, 'hold');
  assert.equal(decide([restarted, silentLong, silentLong], 1, true).kind, 'appoint');
  assert.equal(decide([restarted, silentLong, silentLong], 0, false).kind, 'appoint');
});

test('where nobody was proved in sync, one that has taken over the data set of the primary follows, not one that has yet to', () => {
  for (const [states, pod] of [
    [[restartedEmpty, otherHistory, unproved], 'redis-2'],
    [[restartedEmpty, unproved, otherHistory], 'redis-1'],
  ] as const) {
    const step = decide(states);
    assert.equal(step.kind === 'appoint' && step.pod, pod, step.because);
  }
});

test('where nobody has data, one that is being sent all of it by the dead primary is waited for a moment (I5)', () => {
  const upstream = { ...unproved?.report.upstream, pod: 'redis-0', linkUp: false, syncInProgress: true };
  const receiving = {
    ...empty,
    report: { ...empty?.report, syncedTerm: 1, upstream },
  } as State;
  const decideAfter = (failingFor: number, others: readonly (State | undefined)[]) => {
    const all = [restartedEmpty, receiving, ...others].flatMap((state) => state ?? []);
    const tenure = heldBy(all[0] ?? assert.fail(), undefined);
    return decideFailover(viewOf({ ...tenure, failingFor: milliseconds(failingFor) } as typeof tenure, all));
  };
  const step = decideAfter(100, [empty]);
  assert.ok(step.kind === 'hold' && step.underWay, step.because);
  assert.match(step.because, /redis-1, which may be further than others, is taking over its data set/);
  assert.equal(decideAfter(500, [empty]).kind, 'appoint');
  assert.equal(decideAfter(100, [unproved]).kind, 'appoint', 'somebody has data');
});
