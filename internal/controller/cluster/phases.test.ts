import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../time/clock.ts';
import { instant, moment } from '../../time/units.ts';
import type { FailoverStep } from './failover/step.ts';
import { describePhases } from './phase-lengths.ts';
import { FailoverPhases } from './phases.ts';

function measuring() {
  let now = 1000;
  const clock: Clock = {
    now: () => instant(now),
    monotonic: () => moment(now),
    sleep: () => Promise.resolve(),
    schedule: () => () => undefined,
    deadline: () => new AbortController().signal,
  };
  const phases = new FailoverPhases(clock);
  const pass = (length: number): void => {
    now += length;
  };
  return { phases, pass };
}

const fence: FailoverStep = { kind: 'fence', pod: 'shop-0', because: 'a test' };
const loss = { atMost: undefined, because: 'a test' };
const appoint = (failover = { from: 'shop-0', because: 'a test', loss } as const): FailoverStep => ({
  kind: 'appoint',
  pod: 'shop-1',
  podUID: 'uid-1',
  run: undefined,
  term: 2,
  because: 'a test',
  failover,
});

test('every phase of a failover by silence is told, and together they are its whole length', async () => {
  const { phases, pass } = measuring();
  phases.decided(fence, moment(0));
  pass(1900);
  phases.decided({ kind: 'prepare', pods: [], term: 2, because: 'a test' }, moment(0));
  phases.decided(appoint(), moment(0));
  pass(5);
  phases.ended('record');
  const promoted = phases.during('promote', Promise.resolve());
  pass(3);
  await promoted;
  pass(7);
  phases.ended('confirm');
  assert.equal(
    describePhases(phases.lengths),
    'detect 1000 ms, decide 1900 ms, record 5 ms, promote 3 ms, confirm 7 ms',
  );
});

test('what is no failover is not measured, and the next one begins anew', () => {
  const { phases } = measuring();
  phases.ended('record');
  phases.decided({ kind: 'confirm', pod: 'shop-1', because: 'a test' }, moment(0));
  assert.equal(phases.lengths.size, 0);
  phases.decided(appoint(), moment(990));
  phases.decided({ ...appoint(), failover: undefined } as FailoverStep, moment(0));
  assert.equal(phases.lengths.size, 0);
  phases.decided(appoint(), moment(990));
  assert.equal(describePhases(phases.lengths), 'detect 10 ms, decide 0 ms');
});
