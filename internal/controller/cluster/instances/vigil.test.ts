import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leasePolicy } from '../../../control/lease.ts';
import type { InstanceReport } from '../../../control/protocol.ts';
import type { Clock } from '../../../time/clock.ts';
import { HandClock } from '../../../time/hand-clock.fixture.ts';
import { milliseconds } from '../../../time/units.ts';
import type { GrantedTenure } from '../ports.ts';
import { type Answer, Vigil } from './vigil.ts';

const policy = leasePolicy(3);
const tenure: GrantedTenure = { pod: 'redis-0', podUID: 'uid-0', ip: '10.0.0.1', term: 7 };

/** A primary in this process: it answers, refuses, or says nothing; its clock runs an hour ahead of ours. */
class Primary {
  readonly #clock: Clock;
  mood: 'answers' | 'refuses' | 'silent' = 'answers';
  readonly grants: { readonly at: number; readonly asOf: number; readonly term: number }[] = [];
  questions = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly ask = async (_tenure: GrantedTenure, signal: AbortSignal): Promise<Answer> => {
    this.questions++;
    if (this.mood === 'silent') return await unanswered(signal);
    return { kind: 'report', report: this.#report() };
  };

  readonly grant = async (granted: GrantedTenure, asOf: number, signal: AbortSignal): Promise<Answer> => {
    if (this.mood === 'silent') return await unanswered(signal);
    if (this.mood === 'refuses') return { kind: 'refused' };
    this.grants.push({ at: this.#clock.monotonic(), asOf, term: granted.term });
    return { kind: 'report', report: this.#report() };
  };

  #report(): InstanceReport {
    return { pod: 'redis-0', podUID: 'uid-0', clock: this.#clock.monotonic() + 3_600_000 } as InstanceReport;
  }
}

async function unanswered(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
  return await promise;
}

function watched(mayGrant: () => boolean = () => true) {
  const clock = new HandClock();
  const primary = new Primary(clock);
  const news: number[] = [];
  const missed: number[] = [];
  const vigil = new Vigil({
    clock,
    ask: primary.ask,
    grant: primary.grant,
    mayGrant,
    answered: () => undefined,
    missed: () => missed.push(clock.monotonic()),
    onChange: () => news.push(clock.monotonic()),
  });
  return { clock, primary, vigil, news, missed };
}

test('a primary is granted the lease twice a second, as of a moment of its own clock that it told before', async () => {
  const { clock, primary, vigil } = watched();
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(1600));
  vigil.close();
  assert.deepEqual(
    primary.grants.map(({ at }) => at),
    [0, 500, 1000, 1500],
  );
  for (const { at, asOf } of primary.grants) {
    assert.ok(asOf - 3_600_000 <= at, 'never of the future');
    assert.ok(at - (asOf - 3_600_000) <= policy.grantEvery, 'never older than the last answer');
  }
});

test('a withdrawn grant is given no more, not even by a question that was due, and the primary is still listened for', async () => {
  const { clock, primary, vigil, news } = watched();
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(499));
  vigil.grant(undefined, policy);
  const before = primary.grants.length;
  const questions = primary.questions;
  await clock.pass(milliseconds(2000));
  assert.equal(primary.grants.length, before);
  assert.ok(primary.questions > questions);
  primary.mood = 'silent';
  await clock.pass(milliseconds(1000));
  assert.ok(news.length > 0, 'its silence is noticed');
  vigil.close();
});

test('nothing is granted while the Lease of the operators may be lost', async () => {
  let leads = true;
  const { clock, primary, vigil } = watched(() => leads);
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(600));
  leads = false;
  const before = primary.grants.length;
  await clock.pass(milliseconds(3000));
  assert.equal(primary.grants.length, before);
  leads = true;
  await clock.pass(milliseconds(600));
  assert.ok(primary.grants.length > before);
  vigil.close();
});

test('a silence is told when it begins, once more when it is as long as suspicion, and when it ends', async () => {
  const { clock, primary, vigil, news } = watched();
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(1100));
  primary.mood = 'silent';
  await clock.pass(milliseconds(3000));
  // Heard at 1000, asked in vain at 1500 for 400 ms; suspected a second after it was heard.
  assert.deepEqual(news, [1900, 2000]);
  primary.mood = 'answers';
  await clock.pass(milliseconds(1000));
  assert.equal(news.length, 3);
  vigil.close();
});

test('one lost question is no silence that matters: nothing is told of suspicion', async () => {
  const { clock, primary, vigil, news } = watched();
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(400));
  primary.mood = 'silent';
  await clock.pass(milliseconds(200));
  primary.mood = 'answers';
  await clock.pass(milliseconds(3000));
  assert.deepEqual(news, [900, 950], 'it fell silent at 900 and was heard again before it was suspected');
  vigil.close();
});

test('one that refuses is there: it is asked for the time again before it is granted anything', async () => {
  const { clock, primary, vigil, news, missed } = watched();
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(100));
  primary.mood = 'refuses';
  await clock.pass(milliseconds(2000));
  assert.deepEqual(missed, []);
  assert.deepEqual(news, []);
  primary.mood = 'answers';
  const questions = primary.questions;
  await clock.pass(milliseconds(1000));
  assert.ok(primary.questions >= questions);
  assert.ok(primary.grants.length > 1);
  vigil.close();
});

test('another tenure is granted in its own term, and the one before never again', async () => {
  const { clock, primary, vigil } = watched();
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(600));
  vigil.grant({ ...tenure, term: 8 }, policy);
  const before = primary.grants.length;
  await clock.pass(milliseconds(2000));
  assert.ok(primary.grants.slice(before).every(({ term }) => term === 8));
  assert.ok(primary.grants.length > before);
  vigil.close();
});

test('the same grant again changes nothing: a tick may say it as often as it likes', async () => {
  const { clock, primary, vigil } = watched();
  for (let tick = 0; tick < 10; tick++) {
    vigil.grant(tenure, policy);
    await clock.pass(milliseconds(100));
  }
  assert.equal(primary.grants.length, 3);
  vigil.close();
});

test('a closed vigil asks nothing', async () => {
  const { clock, primary, vigil } = watched();
  vigil.grant(tenure, policy);
  await clock.pass(milliseconds(100));
  vigil.close();
  const { questions } = primary;
  const granted = primary.grants.length;
  await clock.pass(milliseconds(5000));
  assert.deepEqual([primary.questions, primary.grants.length], [questions, granted]);
});
