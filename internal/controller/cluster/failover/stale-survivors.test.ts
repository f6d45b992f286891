import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonWhileInSync, steadyPoll } from '../../../instance-manager/view.ts';
import type { ClusterView } from '../view.ts';
import { decideFailover } from './decide.ts';
import { followerStates, heldBy, primaryStates, type State, viewOf } from './every-view.fixture.ts';
import { hungFor, staleOffset, survivorPatience } from './policy.ts';

const { exited } = primaryStates;
const { synced, hungBriefly } = followerStates;

function viewWith(answeredMsAgo: number): ClusterView {
  const hung = { ...hungBriefly, report: { ...hungBriefly?.report, answeredMsAgo } } as State;
  const all = [exited, synced, hung].flatMap((state) => state ?? []);
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

test('a redis-server that a question finds hung is waited for as long as an instance that falls silent', () => {
  assert.ok(hungFor >= steadyPoll + survivorPatience);
  assert.ok(staleOffset < survivorPatience && hungFor < comparisonWhileInSync);
});
