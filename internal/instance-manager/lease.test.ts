import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leasePolicy } from '../control/lease.ts';
import { after, between, type Moment, milliseconds, moment } from '../time/units.ts';
import {
  type Attempt,
  decideProof,
  laterProof,
  leaseEnd,
  noAttempt,
  type Proof,
  type ProofStep,
  type ProofView,
  patienceOf,
} from './lease.ts';

const { lease, grantEvery } = leasePolicy(3);
const now = moment(100_000);
const ago = (wait: number): Moment => after(now, milliseconds(-wait));
/** Around every length that the decision may compare with. */
const ages = [0, 182, 183, 184, 824, 825, 826, 1099, 1100, 1101, 1649, 1650, 5000];
const attempts: readonly Attempt[] = [
  noAttempt,
  ...ages.flatMap((age) => (['pending', 'ended'] as const).map((kind) => ({ kind, since: ago(age) }))),
];
const proofs: readonly (Proof | undefined)[] = [
  undefined,
  ...ages.flatMap((age) =>
    (['grant', 'read', 'relay', 'isolation'] as const).map((kind) => ({ kind, term: 1, at: ago(age) })),
  ),
];

const pairs = attempts.flatMap((reading) =>
  attempts.flatMap((asking) =>
    [true, false].map((peersMayBeAsked) => ({ reading, asking, peersMayBeAsked })),
  ),
);

function* everyView(): Generator<ProofView> {
  for (const need of ['none', 'first', 'next'] as const) {
    for (const proof of proofs) {
      for (const attempt of pairs) yield { now, lease, need, proof, ...attempt };
    }
  }
}

const left = ({ proof }: ProofView): number =>
  proof === undefined ? 0 : between(now, leaseEnd(proof, lease));

const laws: Readonly<Record<string, (view: ProofView, step: ProofStep) => boolean>> = {
  'nothing is asked while no proof is needed, nor while half of the lease is left': (view, step) =>
    !(view.need === 'none' || (view.need === 'next' && left(view) >= lease / 2)) || step.kind === 'rest',
  'a proof is looked for when a third of the lease is left, unless that was tried just now': (view, step) =>
    !(view.need === 'next' && left(view) <= lease / 3 && view.reading.kind === 'none') ||
    step.kind === 'read',
  'nothing is asked twice at once': (view, step) =>
    (step.kind !== 'read' || view.reading.kind !== 'pending') &&
    (step.kind !== 'ask' || view.asking.kind !== 'pending'),
  'peers are asked only about a term that was obeyed': (view, step) =>
    step.kind !== 'ask' || view.peersMayBeAsked,
  'peers are asked only after a read was begun': (view, step) =>
    step.kind !== 'ask' || view.reading.kind !== 'none',
  'a rest lies ahead': (_, step) => step.kind !== 'rest' || step.until === undefined || step.until > now,
  'no rest reaches beyond the moment when a proof is due, or a try is due again': (view, step) =>
    view.need === 'none' ||
    step.kind !== 'rest' ||
    (step.until === undefined
      ? view.reading.kind === 'pending' && (view.asking.kind === 'pending' || !view.peersMayBeAsked)
      : between(now, step.until) <= (lease * 2) / 3),
  'nothing that failed is tried again before its patience is over': (view, step) =>
    step.kind === 'rest' || !isYoung(step.kind === 'read' ? view.reading : view.asking),
};

const isYoung = (attempt: Attempt): boolean =>
  attempt.kind === 'ended' && between(attempt.since, now) < patienceOf(lease);

test('every law of the lease holds in every view', () => {
  for (const view of everyView()) {
    const step = decideProof(view);
    for (const [law, holds] of Object.entries(laws)) {
      if (!holds(view, step)) assert.fail(`${law}: ${JSON.stringify({ view, step })}`);
    }
  }
});

const needed: ProofView = {
  now,
  lease,
  need: 'next',
  proof: { kind: 'grant', term: 1, at: ago(1250) },
  peersMayBeAsked: true,
  reading: noAttempt,
  asking: noAttempt,
};

test('as long as grants come, each with what the answer to the one before it said, nothing is read', () => {
  const at = ago(2 * grantEvery + 90);
  assert.equal(decideProof({ ...needed, proof: { kind: 'grant', term: 1, at } }).kind, 'rest');
});

test('when they stay away it reads, and asks the peers once that has failed or is late', () => {
  assert.deepEqual(decideProof(needed), { kind: 'read' });
  const patience = patienceOf(lease);
  const proof: Proof = { kind: 'grant', term: 1, at: ago(1450) };
  const reading = (kind: 'pending' | 'ended', age: number) =>
    decideProof({ ...needed, proof, reading: { kind, since: ago(age) } });
  assert.deepEqual(reading('ended', 0), { kind: 'ask' });
  assert.deepEqual(reading('pending', patience), { kind: 'ask' });
  assert.equal(reading('pending', patience - 1).kind, 'rest');
});

test('a read that hangs, and peers whose reads hang, still leave room in the lease for what is slow', () => {
  const { until } = decideProof({ ...needed, proof: { kind: 'read', term: 1, at: now } }) as {
    until: Moment;
  };
  const asked = between(now, until) + patienceOf(lease);
  const answered = asked + patienceOf(lease);
  assert.ok(lease - answered >= patienceOf(lease), `${lease - answered} ms`);
});

test('where the last proof came by way of the peers they are asked with the read', () => {
  const proof: Proof = { kind: 'isolation', term: 1, at: ago(1250) };
  const pending = { kind: 'pending', since: now } as const;
  assert.deepEqual(decideProof({ ...needed, proof, reading: pending }), { kind: 'ask' });
});

test('the proof that lets write longer counts', () => {
  const [one, two]: readonly Proof[] = [
    { kind: 'grant', term: 1, at: ago(5) },
    { kind: 'read', term: 1, at: ago(9) },
  ];
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(laterProof(one, two), one);
  assert.equal(laterProof(two, one), one);
  assert.equal(laterProof(undefined, two), two);
});
