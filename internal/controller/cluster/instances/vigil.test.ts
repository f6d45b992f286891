import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leasePolicy } from '../../../control/lease.ts';
import type { InstanceReport } from '../../../control/protocol.ts';
import type { Clock } from '../../../time/clock.ts';
import { type Duration, instant, moment } from '../../../time/units.ts';
import type { GrantedTenure } from '../ports.ts';
import { type Answer, Vigil } from './vigil.ts';

const policy = leasePolicy(3);
const tenure: GrantedTenure = { pod: 'redis-0', podUID: 'uid-0', ip: '10.0.0.1', term: 7 };

/** A clock that stands still until it is moved. */
class HandClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly action: () => void }>();

  readonly now = () => instant(this.#now);
  readonly monotonic = () => moment(this.#now);

  schedule(wait: Duration, action: () => void): () => void {
    const timer = { at: this.#now + wait, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  async sleep(wait: Duration, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.schedule(wait, resolve);
    signal?.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    cancel();
  }

  deadline(wait: Duration, parent?: AbortSignal): AbortSignal {
    const limit = new AbortController();
    this.schedule(wait, () => limit.abort());
    return parent === undefined ? limit.signal : AbortSignal.any([limit.signal, parent]);
  }

  async move(length: number): Promise<void> {
    const end = this.#now + length;
    for (;;) {
      await settled();
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.action();
    }
    this.#now = end;
    await settled();
  }
}

/** Whatever was to happen without time passing has happened. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

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
  await clock.move(1600);
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
  await clock.move(499);
  vigil.grant(undefined, policy);
  const before = primary.grants.length;
  const questions = primary.questions;
  await clock.move(2000);
  assert.equal(primary.grants.length, before);
  assert.ok(primary.questions > questions);
  primary.mood = 'silent';
  await clock.move(1000);
  assert.ok(news.length > 0, 'its silence is noticed');
  vigil.close();
});

test('nothing is granted while the Lease of the operators may be lost', async () => {
  let leads = true;
  const { clock, primary, vigil } = watched(() => leads);
  vigil.grant(tenure, policy);
  await clock.move(600);
  leads = false;
  const before = primary.grants.length;
  await clock.move(3000);
  assert.equal(primary.grants.length, before);
  leads = true;
  await clock.move(600);
  assert.ok(primary.grants.length > before);
  vigil.close();
});

test('a silence is told when it begins, once more when it is as long as suspicion, and when it ends', async () => {
  const { clock, primary, vigil, news } = watched();
  vigil.grant(tenure, policy);
  await clock.move(1100);
  primary.mood = 'silent';
  await clock.move(3000);
  // Heard at 1000, asked in vain at 1500 for 400 ms; suspected a second after it was heard.
  assert.deepEqual(news, [1900, 2000]);
  primary.mood = 'answers';
  await clock.move(1000);
  assert.equal(news.length, 3);
  vigil.close();
});

test('one lost question is no silence that matters: nothing is told of suspicion', async () => {
  const { clock, primary, vigil, news } = watched();
  vigil.grant(tenure, policy);
  await clock.move(400);
  primary.mood = 'silent';
  await clock.move(200);
  primary.mood = 'answers';
  await clock.move(3000);
  assert.deepEqual(news, [900, 950], 'it fell silent at 900 and was heard again before it was suspected');
  vigil.close();
});

test('one that refuses is there: it is asked for the time again before it is granted anything', async () => {
  const { clock, primary, vigil, news, missed } = watched();
  vigil.grant(tenure, policy);
  await clock.move(100);
  primary.mood = 'refuses';
  await clock.move(2000);
  assert.deepEqual(missed, []);
  assert.deepEqual(news, []);
  primary.mood = 'answers';
  const questions = primary.questions;
  await clock.move(1000);
  assert.ok(primary.questions >= questions);
  assert.ok(primary.grants.length > 1);
  vigil.close();
});

test('another tenure is granted in its own term, and the one before never again', async () => {
  const { clock, primary, vigil } = watched();
  vigil.grant(tenure, policy);
  await clock.move(600);
  vigil.grant({ ...tenure, term: 8 }, policy);
  const before = primary.grants.length;
  await clock.move(2000);
  assert.ok(primary.grants.slice(before).every(({ term }) => term === 8));
  assert.ok(primary.grants.length > before);
  vigil.close();
});

test('the same grant again changes nothing: a tick may say it as often as it likes', async () => {
  const { clock, primary, vigil } = watched();
  for (let tick = 0; tick < 10; tick++) {
    vigil.grant(tenure, policy);
    await clock.move(100);
  }
  assert.equal(primary.grants.length, 3);
  vigil.close();
});

test('a closed vigil asks nothing', async () => {
  const { clock, primary, vigil } = watched();
  vigil.grant(tenure, policy);
  await clock.move(100);
  vigil.close();
  const { questions } = primary;
  const granted = primary.grants.length;
  await clock.move(5000);
  assert.deepEqual([primary.questions, primary.grants.length], [questions, granted]);
});
