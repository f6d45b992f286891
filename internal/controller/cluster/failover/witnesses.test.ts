import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideFailover } from './decide.ts';
import { followerStates, heldBy, policy, primaryStates, type State, viewOf } from './every-view.fixture.ts';
import type { FailoverStep } from './step.ts';

const silent = primaryStates['silentLong'] ?? assert.fail();
const { witness } = followerStates;
const hearingAgo = (heardMsAgo: number): State =>
  ({
    ...witness,
    report: { ...witness?.report, upstream: { ...witness?.report?.upstream, heardMsAgo } },
  }) as State;

const stepWith = (...heardMsAgo: readonly number[]): FailoverStep =>
  decideFailover(viewOf(heldBy(silent, undefined), [silent, ...heardMsAgo.map(hearingAgo)]));

test('of two witnesses the same one is named whichever heard the primary last: the status tells nothing new', () => {
  const [one, other] = [stepWith(10, 20), stepWith(20, 10)];
  assert.match(one.because, /but redis-1 hears it/);
  assert.equal(one.because, other.because);
});

test('whoever has not heard it within the patience is no witness', () => {
  assert.match(stepWith(policy.suspicion, 20).because, /but redis-2 hears it/);
  assert.match(stepWith(policy.suspicion, policy.suspicion).because, /no replica hears it/);
});
