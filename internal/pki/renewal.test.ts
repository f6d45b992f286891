import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { after, type Duration, hours, type Instant, instant } from '../time/units.ts';
import type { CertificateFacts, ControlFacts, LeafFacts, LeafName } from './facts.ts';
import { decideRenewal, maxTrusted, type Renewal, renewAt, settling } from './renewal.ts';

const start = instant(Date.UTC(2030, 0, 1));
const days = (count: number): Duration => hours(24 * count);
const authorityLife = days(3650);
const leafLife = days(90);
const names = { instance: 'instance.shop.prod.redis.io', operator: 'operator.shop.prod.redis.io' };

const authority = (fingerprint: string, notBefore: Instant): CertificateFacts => ({
  fingerprint,
  notBefore,
  notAfter: after(notBefore, authorityLife),
  dnsNames: [],
});
const leaf = (name: LeafName, issuer: string | undefined, notBefore: Instant): LeafFacts => ({
  fingerprint: `${name}-${notBefore}`,
  notBefore,
  notAfter: after(notBefore, leafLife),
  dnsNames: [names[name]],
  issuer,
});

const nothing: ControlFacts = {
  authority: undefined,
  operatorTrusts: [],
  instancesTrust: [],
  leaves: { instance: undefined, operator: undefined },
  names,
};

/** A cluster whose authority and leaves were made at `born`. */
function made(born: Instant): ControlFacts {
  const one = authority('a1', born);
  return {
    authority: one,
    operatorTrusts: [one],
    instancesTrust: [one],
    leaves: { instance: leaf('instance', 'a1', born), operator: leaf('operator', 'a1', born) },
    names,
  };
}

test('a new cluster gets an authority and both leaves at once', () => {
  const renewal = decideRenewal(start, nothing);
  assert.equal(renewal.newAuthority, true);
  assert.deepEqual(renewal.issue, ['instance', 'operator']);
  assert.deepEqual(renewal.because, [
    'there is no authority whose key can be read',
    'the certificate of the instance is missing or cannot be read',
    'the certificate of the operator is missing or cannot be read',
  ]);
});

test('young certificates are left alone, and the next look is when the leaves are due', () => {
  const renewal = decideRenewal(after(start, days(2)), made(start));
  assert.deepEqual(renewal.because, []);
  assert.equal(renewal.dueAt, renewAt(leaf('instance', 'a1', start)));
  assert.equal(renewal.dueAt, after(start, days(60)));
});

test('leaves are renewed at two thirds of their life, not before', () => {
  assert.deepEqual(decideRenewal(instant(after(start, days(60)) - 1), made(start)).issue, []);
  const renewal = decideRenewal(after(start, days(60)), made(start));
  assert.deepEqual(renewal.issue, ['instance', 'operator']);
  assert.equal(renewal.newAuthority, false);
  assert.match(renewal.because.join(), /two thirds/);
});

test('an authority at two thirds of its life gets a successor that signs nothing yet', () => {
  const now = after(start, days(2434));
  const fresh = after(now, days(-1));
  const facts = {
    ...made(start),
    leaves: { instance: leaf('instance', 'a1', fresh), operator: leaf('operator', 'a1', fresh) },
  };
  const renewal = decideRenewal(now, facts);
  assert.equal(renewal.newAuthority, true);
  assert.deepEqual(renewal.issue, []);
  assert.deepEqual(renewal.trust, ['a1']);
});

test('a successor signs the leaves a day after it was introduced, and the old one is forgotten a day after that', () => {
  const old = authority('a1', after(start, days(-3000)));
  const successor = authority('a2', start);
  const both = [successor, old];
  const leafAt = after(start, days(-5));
  const facts: ControlFacts = {
    authority: successor,
    operatorTrusts: both,
    instancesTrust: both,
    leaves: { instance: leaf('instance', 'a1', leafAt), operator: leaf('operator', 'a1', leafAt) },
    names,
  };
  assert.deepEqual(decideRenewal(after(start, hours(23)), facts).because, []);
  assert.equal(decideRenewal(after(start, hours(23)), facts).dueAt, after(start, settling));
  const signs = decideRenewal(after(start, settling), facts);
  assert.deepEqual(signs.issue, ['instance', 'operator']);
  assert.deepEqual(signs.trust, ['a2', 'a1']);

  const reissued = after(start, settling);
  const later = {
    ...facts,
    leaves: { instance: leaf('instance', 'a2', reissued), operator: leaf('operator', 'a2', reissued) },
  };
  assert.deepEqual(decideRenewal(after(reissued, hours(23)), later).because, []);
  const forgets = decideRenewal(after(reissued, settling), later);
  assert.deepEqual(forgets.trust, ['a2']);
  assert.deepEqual(forgets.because, ['an authority that signs no more is forgotten']);
});

test('a lost authority key brings a new authority, and the old one stays trusted while its leaves are in use', () => {
  const renewal = decideRenewal(after(start, days(2)), { ...made(start), authority: undefined });
  assert.equal(renewal.newAuthority, true);
  assert.deepEqual(renewal.trust, ['a1']);
  assert.deepEqual(renewal.issue, []);
});

test('a leaf that nobody could use is replaced without waiting', () => {
  const now = after(start, hours(1));
  const fine = made(start);
  const broken: readonly (readonly [LeafFacts | undefined, RegExp])[] = [
    [undefined, /is missing or cannot be read/],
    [{ ...leaf('operator', 'a1', start), dnsNames: ['operator.other.prod.redis.io'] }, /is not made out to/],
    [leaf('operator', undefined, start), /signed by nobody who is trusted/],
    [{ ...leaf('operator', 'a1', start), notAfter: now }, /has expired/],
  ];
  for (const [operator, reason] of broken) {
    const renewal = decideRenewal(now, { ...fine, leaves: { ...fine.leaves, operator } });
    assert.deepEqual(renewal.issue, ['operator']);
    assert.match(renewal.because.join(), reason);
  }
});

test('two sides that trust different authorities are made to trust the same ones', () => {
  const fine = made(start);
  const renewal = decideRenewal(after(start, hours(1)), { ...fine, instancesTrust: [] });
  assert.deepEqual(renewal.trust, ['a1']);
  assert.match(renewal.because.join(), /do not trust the same/);
});

/** What lies in the two Secrets, in a world where nothing has to be computed. */
interface World {
  readonly facts: ControlFacts;
  readonly made: number;
}

type Writes = 'both' | 'control only' | 'none';

/** Carries out a renewal as the shell does: the control Secret first, then the authority's. */
function carryOut(world: World, renewal: Renewal, now: Instant, writes: Writes): World {
  if (renewal.because.length === 0 || writes === 'none') return world;
  const { facts } = world;
  const fingerprint = renewal.newAuthority ? `a${world.made + 1}` : (facts.authority?.fingerprint ?? '');
  const own = renewal.newAuthority ? authority(fingerprint, now) : facts.authority;
  const known = [...facts.operatorTrusts, ...facts.instancesTrust];
  const kept = renewal.trust.flatMap((one) => known.find((other) => other.fingerprint === one) ?? []);
  const bundle = renewal.newAuthority && own !== undefined ? [own, ...kept] : kept;
  const issued = (name: LeafName): LeafFacts | undefined =>
    renewal.issue.includes(name) ? leaf(name, fingerprint, now) : facts.leaves[name];
  const control = {
    ...facts,
    instancesTrust: bundle,
    leaves: { ...facts.leaves, instance: issued('instance') },
  };
  const after = { ...control, authority: own, operatorTrusts: bundle };
  const operator = issued('operator');
  return {
    made: world.made + 1,
    facts: writes === 'both' ? { ...after, leaves: { ...after.leaves, operator } } : control,
  };
}

test('operator and instances trust each other at all times, even if instances read their Secret late and writes fail', () => {
  const failures = fc.array(fc.constantFrom<Writes>('both', 'both', 'both', 'control only', 'none'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(failures, fc.integer({ min: 1, max: 22 }), (outcomes, lateHours) => {
      let now = start;
      let world = carryOut({ facts: nothing, made: 0 }, decideRenewal(now, nothing), now, 'both');
      const history = [{ at: start, facts: world.facts }];
      let authorities = 0;
      for (let step = 0; step < 500; step += 1) {
        const renewal = decideRenewal(now, world.facts);
        if (renewal.newAuthority) authorities += 1;
        world = carryOut(world, renewal, now, outcomes[step % 120] ?? 'both');
        history.push({ at: now, facts: world.facts });
        const read = history.findLast(({ at }) => at <= after(now, hours(-lateHours))) ?? history[0];
        assertTrust(world.facts, read?.facts ?? nothing);
        const patience = renewal.because.length > 0 ? hours(2) : days(40);
        now = instant(Math.min(Math.max(renewal.dueAt, after(now, hours(2))), after(now, patience)));
      }
      assert.ok(authorities >= 1, 'the story is long enough to see an authority replaced');
      assert.ok(world.facts.instancesTrust.length <= maxTrusted + 1);
    }),
    { numRuns: 100, seed: 7 },
  );
});

/** `read` is what an instance has of the Secrets. */
function assertTrust(current: ControlFacts, read: ControlFacts): void {
  const issuer = (name: LeafName, facts: ControlFacts) => facts.leaves[name]?.issuer;
  const trusts = (side: readonly CertificateFacts[], one: string | undefined) =>
    side.some((authority) => authority.fingerprint === one);
  assert.ok(trusts(read.instancesTrust, issuer('operator', current)), 'an instance accepts the operator');
  assert.ok(trusts(current.operatorTrusts, issuer('instance', read)), 'the operator accepts an instance');
  assert.ok(trusts(read.instancesTrust, issuer('instance', current)), 'instances accept each other');
  assert.ok(trusts(current.instancesTrust, issuer('instance', read)), 'instances accept each other');
}
