import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonWhileInSync, steadyPoll } from '../../../instance-manager/view.ts';
import type { ClusterView } from '../view.ts';
import { decideFailover } from './decide.ts';
import { followerStates, heldBy, primaryStates, type State, viewOf } from './every-view.fixture.ts';
import { hungFor, staleOffset, survivorPatience } from './policy.ts';

const { exited, restartedEmpty } = primaryStates;
const { synced, hungBriefly } = followerStates;

function viewWith(answeredMsAgo: number, others = [exited, synced], more: object = {}): ClusterView {
  const hung = { ...hungBriefly, report: { ...hungBriefly?.report, answeredMsAgo, ...more } } as State;
  const all = [...others, hung].flatMap((state) => state ?? []);
  return viewOf(heldBy(all[0] ?? assert.fail(), undefined), all);
}

test('a survivor whose manager answers and whose redis-server does not is waited for: its offset is an old one', () => {
  const step = decideFailover(viewWith(staleOffset));
  assert.equal(step.kind, 'hold');
  assert.match(step.because, /redis-2, which may be further than others, does not answer/);
});

test('one that has just answered is not waited for, and neither is one that hangs', () => {
  for (const answeredMsAgo of [0, staleOffset - 1, hungFor]) {
    const step = decideFailover(viewWith(answeredMsAgo));
    assert.equal(step.kind === 'appoint' && step.pod, 'redis-1', String(answeredMsAgo));
  }
});

test('one that hangs counts for nothing: what it has taken on since it answered is not known (I3)', () => {
  const decide = (answeredMsAgo: number) => {
    const view = viewWith(answeredMsAgo);
    return decideFailover({ ...view, policy: { ...view.policy, minSyncReplicas: 1 } });
  };
  assert.equal(decide(0).kind, 'appoint');
  const step = decide(hungFor);
  assert.equal(step.kind === 'hold' && step.blocked, 'NotEnoughInSync', step.because);
});

test('nobody is appointed empty while one hangs that was empty when it answered last (I5)', () => {
  const hasNone = { data: { keys: 0, foundOnVolume: false, lastRole: 'replica' }, syncedTerm: 0 };
  const decide = (answeredMsAgo: number) =>
    decideFailover(viewWith(answeredMsAgo, [restartedEmpty], hasNone));
  assert.equal(decide(0).kind, 'appoint');
  assert.match(decide(hungFor).because, /its data set is empty and redis-1 has not reported yet/);
});

test('a redis-server that a question finds hung is waited for as long as an instance that falls silent', () => {
  assert.ok(hungFor >= steadyPoll + survivorPatience);
  assert.ok(staleOffset < survivorPatience && hungFor < comparisonWhileInSync);
});
