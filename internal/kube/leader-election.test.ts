import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock, turn } from '../time/hand-clock.fixture.ts';
import { milliseconds, seconds } from '../time/units.ts';
import { refusalError, silenceError } from './errors.ts';
import type { Kube } from './kube.ts';
import {
  attemptWithin,
  leadWhileElected,
  leaseDuration,
  renewWithin,
  retryEvery,
} from './leader-election.ts';
import { NotedLog } from './noted-log.fixture.ts';
import type { KubeObject, ObjectKey, Resource } from './objects.ts';
import type { Lease } from './resources.ts';

/** What candidates need of an API server that keeps one Lease, conflicts included. */
class LeaseKeeper implements Pick<Kube, 'get' | 'create' | 'replace'> {
  lease: Lease | undefined;
  mood: 'answers' | 'refuses' | 'says nothing' = 'answers';
  writes = 0;
  /** How long each answer takes. */
  lag: () => Promise<void> = async () => undefined;
  #version = 0;

  async get<Kind extends KubeObject>(
    _resource: Resource<Kind>,
    _key: ObjectKey,
    signal?: AbortSignal,
  ): Promise<Kind | undefined> {
    return await this.#answer(() => this.lease as Kind | undefined, signal);
  }

  async create<Kind extends KubeObject>(
    _resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return await this.#answer(() => {
      if (this.lease !== undefined)
        throw refusalError({ status: 409, body: '{"reason":"AlreadyExists"}' }, 'POST');
      return this.write(object);
    }, signal);
  }

  async replace<Kind extends KubeObject>(
    _resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return await this.#answer(() => {
      if (object.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
        throw refusalError({ status: 409, body: '{"reason":"Conflict"}' }, 'PUT');
      return this.write(object);
    }, signal);
  }

  write<Kind extends KubeObject>(object: Kind): Kind {
    this.#version += 1;
    this.writes += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    const written = { ...object, metadata };
    this.lease = written as unknown as Lease;
    return written;
  }

  get holder(): string | undefined {
    return this.lease?.spec?.holderIdentity;
  }

  async #answer<Value>(answer: () => Value, signal: AbortSignal | undefined): Promise<Value> {
    await turn();
    await this.lag();
    if (signal?.aborted) throw silenceError('unreachable', 'the Lease', signal.reason);
    if (this.mood === 'says nothing') await aborted(signal);
    if (this.mood === 'answers') return answer();
    throw silenceError('unreachable', 'the Lease', new Error('cut off by the test'));
  }
}

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal?.aborted) resolve();
  signal?.addEventListener('abort', () => resolve());
  await promise;
}

interface Candidate {
  readonly log: NotedLog;
  readonly stop: () => void;
  /** Rejections are looked at by the test. */
  readonly ended: Promise<'in order' | Error>;
  /** When it was let lead, and when it was told to stop. */
  readonly times: { ledAt?: number; toldAt?: number };
}

/** `finish` is what leading does once it is told to stop. */
function candidateOf(
  identity: string,
  { kube, clock }: { readonly kube: LeaseKeeper; readonly clock: HandClock },
  lead?: (told: Promise<void>) => Promise<void>,
): Candidate {
  const [log, stopping] = [new NotedLog(), new AbortController()];
  const times: { ledAt?: number; toldAt?: number } = {};
  const leading = async (signal: AbortSignal): Promise<void> => {
    times.ledAt = clock.monotonic();
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => {
      times.toldAt = clock.monotonic();
      resolve();
    });
    await (lead === undefined ? promise : lead(promise));
  };
  const options = { lease: { namespace: 'redis', name: 'leader' }, identity };
  const ended = leadWhileElected(options, { kube, clock, log }, leading, stopping.signal).then(
    () => 'in order' as const,
    (failure: Error) => failure,
  );
  return { log, stop: () => stopping.abort(), ended, times };
}

const world = (): { readonly kube: LeaseKeeper; readonly clock: HandClock } => ({
  kube: new LeaseKeeper(),
  clock: new HandClock(),
});

test('a leader gives up before anybody else may take over', () => {
  assert.ok(renewWithin < leaseDuration);
  assert.ok(retryEvery < renewWithin);
  assert.ok(2 * attemptWithin <= renewWithin);
});

test('the first takes the Lease and renews it, the second waits', async () => {
  const { kube, clock } = world();
  const one = candidateOf('one', { kube, clock });
  await clock.pass(seconds(1));
  const other = candidateOf('other', { kube, clock });
  await clock.pass(seconds(60));
  assert.equal(kube.holder, 'one');
  assert.equal(kube.lease?.spec?.leaseTransitions, 1);
  assert.equal(one.times.ledAt, 0);
  assert.equal(other.times.ledAt, undefined);
  assert.ok(kube.writes >= 30, `${kube.writes} renewals`);
  assert.deepEqual(other.log.of('warn'), []);
});

test('a Lease that is let go is taken within two seconds', async () => {
  const { kube, clock } = world();
  const one = candidateOf('one', { kube, clock });
  await clock.pass(seconds(1));
  const other = candidateOf('other', { kube, clock });
  await clock.pass(seconds(10));
  one.stop();
  await clock.pass(retryEvery);
  assert.equal(await one.ended, 'in order');
  assert.equal(kube.holder, 'other');
  assert.ok(other.times.ledAt !== undefined);
});

test('a Lease whose holder is gone is taken when it has not changed for its whole length, not before', async () => {
  const { kube, clock } = world();
  const spec = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '1999-01-01T00:00:00.000000Z' };
  kube.write({ metadata: { name: 'leader', namespace: 'redis' }, spec });
  const one = candidateOf('one', { kube, clock });
  // Its clock says that the Lease ran out long ago: others' clocks are not believed.
  await clock.pass(leaseDuration);
  assert.equal(one.times.ledAt, undefined);
  await clock.pass(retryEvery);
  assert.equal(one.times.ledAt, 16_000);
  assert.equal(kube.holder, 'one');
});

test('a Lease that changes is alive, whatever its times say', async () => {
  const { kube, clock } = world();
  const spec = { holderIdentity: 'alive', leaseDurationSeconds: 15 };
  kube.write({ metadata: { name: 'leader', namespace: 'redis' }, spec });
  const one = candidateOf('one', { kube, clock });
  for (let round = 0; round < 10; round++) {
    await clock.pass(seconds(14));
    if (kube.lease !== undefined) kube.write(kube.lease);
  }
  assert.equal(one.times.ledAt, undefined);
});

test('our own Lease of a former life is ours at once', async () => {
  const { kube, clock } = world();
  kube.write({ metadata: { name: 'leader' }, spec: { holderIdentity: 'one', leaseDurationSeconds: 15 } });
  const one = candidateOf('one', { kube, clock });
  await clock.pass(milliseconds(0));
  assert.equal(one.times.ledAt, 0);
});

for (const mood of ['refuses', 'says nothing'] as const) {
  test(`a leader whose API server ${mood} stops within ten seconds of its last renewal, and says that it lost`, async () => {
    const { kube, clock } = world();
    const one = candidateOf('one', { kube, clock });
    await clock.pass(seconds(20));
    kube.mood = mood;
    await clock.pass(seconds(60));
    const { toldAt = Number.NaN } = one.times;
    assert.ok(toldAt > seconds(20) && toldAt <= seconds(20) + renewWithin, `${toldAt}`);
    assert.match(String(await one.ended), /the Lease leader was lost/);
    const told = one.log.of('warn').map(({ message }) => message);
    assert.ok(told.includes('the Lease could not be held'));
    assert.ok(told.includes('the Lease could not be released'));
  });
}

test('an API server that takes four seconds for a renewal costs nobody the Lease', async () => {
  const { kube, clock } = world();
  const one = candidateOf('one', { kube, clock });
  await clock.pass(seconds(20));
  kube.lag = () => clock.sleep(seconds(2));
  await clock.pass(seconds(60));
  assert.equal(one.times.toldAt, undefined);
  assert.deepEqual(one.log.of('warn'), []);
  assert.ok(kube.writes >= 20, `${kube.writes} renewals`);
});

test('one renewal that is never answered costs nobody the Lease', async () => {
  const { kube, clock } = world();
  const one = candidateOf('one', { kube, clock });
  await clock.pass(seconds(20));
  kube.mood = 'says nothing';
  await clock.pass(retryEvery);
  kube.mood = 'answers';
  await clock.pass(seconds(60));
  assert.equal(one.times.toldAt, undefined);
  assert.equal(one.log.of('warn').length, 1);
});

test('a leader that finds somebody else in its place stops at once', async () => {
  const { kube, clock } = world();
  const one = candidateOf('one', { kube, clock });
  await clock.pass(seconds(10));
  const spec = { ...kube.lease?.spec, holderIdentity: 'usurper' };
  kube.write({ metadata: { name: 'leader' }, spec });
  await clock.pass(retryEvery);
  assert.ok(one.times.toldAt !== undefined);
  assert.match(String(await one.ended), /was lost/);
  assert.equal(kube.holder, 'usurper');
});

test('until leading has ended, nobody else is let in', async () => {
  const { kube, clock } = world();
  const one = candidateOf('one', { kube, clock }, async (told) => {
    await told;
    await clock.sleep(seconds(40));
  });
  await clock.pass(seconds(1));
  const other = candidateOf('other', { kube, clock });
  one.stop();
  await clock.pass(seconds(39));
  assert.equal(kube.holder, 'one');
  assert.equal(other.times.ledAt, undefined);
  await clock.pass(seconds(4));
  assert.equal(await one.ended, 'in order');
  assert.equal(kube.holder, 'other');
});

test('when leading fails the Lease is let go, and not renewed any more', async () => {
  const { kube, clock } = world();
  const one = candidateOf('one', { kube, clock }, async () => {
    await clock.sleep(seconds(5));
    throw new Error('a bug');
  });
  await clock.pass(seconds(6));
  assert.match(String(await one.ended), /a bug/);
  assert.equal(kube.holder, '');
  const { writes } = kube;
  await clock.pass(seconds(60));
  assert.equal(kube.writes, writes);
});

test('who stops waiting has never led and leaves nothing behind', async () => {
  const { kube, clock } = world();
  kube.write({ metadata: { name: 'leader' }, spec: { holderIdentity: 'other', leaseDurationSeconds: 15 } });
  const one = candidateOf('one', { kube, clock });
  await clock.pass(seconds(5));
  one.stop();
  await clock.pass(seconds(60));
  assert.equal(await one.ended, 'in order');
  assert.equal(one.times.ledAt, undefined);
  assert.equal(kube.writes, 1);
});
