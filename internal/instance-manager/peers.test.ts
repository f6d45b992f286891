import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerAnswer } from '../control/protocol.ts';
import { type Inquiry, judgePeers, type PeerVerdict } from './peers.ts';

const me = 'orders-0';
const term = 2;
const read = (
  resourceVersion: string,
  primary: string,
  of: number,
  fenced: boolean,
): PeerAnswer['reading'] => ({
  kind: 'read',
  resourceVersion,
  tenure: { term: of, primary, fenced },
});
const readings: readonly (PeerAnswer['reading'] | undefined)[] = [
  undefined,
  { kind: 'unreachable' },
  { kind: 'read', resourceVersion: '8', tenure: null },
  ...['7', '9', 'x'].flatMap((version) => [
    read(version, me, 2, false),
    read(version, me, 2, true),
    read(version, 'orders-1', 3, false),
  ]),
];

const memberships: readonly PeerAnswer['members'][] = [
  undefined,
  { instances: 3, pods: [me, 'orders-1', 'orders-2'] },
];

/** What one peer may say: nothing, or a reading together with the highest term on its volume. */
const answersOf = (pod: string): readonly (PeerAnswer | undefined)[] =>
  readings.flatMap((reading) =>
    reading === undefined
      ? [undefined]
      : [1, 2, 3].flatMap((highest) =>
          memberships.map((members) => ({ pod, term: highest, members, reading })),
        ),
  );

function* everyStory(): Generator<{ readonly inquiry: Inquiry; readonly answers: readonly PeerAnswer[] }> {
  const one = ['orders-1'];
  const two = ['orders-1', 'orders-2'];
  for (const instances of [2, 3]) {
    for (const first of answersOf('orders-1')) {
      yield { inquiry: { me, term, peers: one, instances }, answers: given([first]) };
      for (const second of answersOf('orders-2'))
        yield { inquiry: { me, term, peers: two, instances }, answers: given([first, second]) };
      for (const third of answersOf('orders-3'))
        yield {
          inquiry: { me, term, peers: [...two, 'orders-3'], instances: 4 },
          answers: given([first, third]),
        };
    }
  }
}

const given = (answers: readonly (PeerAnswer | undefined)[]): readonly PeerAnswer[] =>
  answers.filter((answer) => answer !== undefined);

const namesMe = (reading: PeerAnswer['reading']): boolean =>
  reading.kind === 'read' &&
  reading.tenure?.primary === me &&
  reading.tenure.term === term &&
  !reading.tenure.fenced;

type Law = (story: { inquiry: Inquiry; answers: readonly PeerAnswer[] }, verdict: PeerVerdict) => boolean;

const laws: Readonly<Record<string, Law>> = {
  'isolation takes the word of every peer that there may be': ({ inquiry, answers }, verdict) =>
    verdict.kind !== 'isolation' ||
    (inquiry.peers.every((pod) => answers.some((answer) => answer.pod === pod)) &&
      answers.length >= inquiry.instances - 1),
  'nobody is isolated while a peer knows of one more that has not answered': (
    { inquiry, answers },
    verdict,
  ) =>
    verdict.kind !== 'isolation' ||
    answers.every(({ members }) =>
      (members?.pods ?? []).every(
        (pod) => pod === inquiry.me || answers.some((answer) => answer.pod === pod),
      ),
    ),
  'nobody is isolated as long as somebody reads, or has promised': ({ answers }, verdict) =>
    verdict.kind !== 'isolation' ||
    answers.every((answer) => answer.reading.kind === 'unreachable' && answer.term <= term),
  'all peers that read nothing and promised nothing prove it': ({ inquiry, answers }, verdict) =>
    !(
      answers.length === inquiry.peers.length &&
      answers.length >= inquiry.instances - 1 &&
      answers.every(
        ({ reading, term: highest, members }) =>
          reading.kind === 'unreachable' && highest <= term && members === undefined,
      )
    ) || verdict.kind === 'isolation',
  'what is relayed was read by a peer': ({ answers }, verdict) =>
    verdict.kind !== 'relay' ||
    answers.some(
      ({ reading }) =>
        reading.kind === 'read' &&
        reading.resourceVersion === verdict.reading.resourceVersion &&
        reading.tenure === verdict.reading.tenure,
    ),
  'a relay names this primary only if no peer read anything else that may be as new': (
    { answers },
    verdict,
  ) =>
    verdict.kind !== 'relay' ||
    !namesMe({ kind: 'read', ...verdict.reading }) ||
    answers.every(
      ({ reading }) =>
        reading.kind !== 'read' ||
        namesMe(reading) ||
        Number(reading.resourceVersion) < Number(verdict.reading.resourceVersion),
    ),
  'a reading that names another is never lost among those that name this one': ({ answers }, verdict) =>
    verdict.kind !== 'isolation' || answers.every(({ reading }) => reading.kind !== 'read'),
  'a verdict that proves nothing says why': (_, verdict) => verdict.kind !== 'none' || verdict.because !== '',
};

test('every law of the peers holds for every combination of answers', () => {
  let stories = 0;
  for (const story of everyStory()) {
    stories += 1;
    const verdict = judgePeers(story.inquiry, story.answers);
    for (const [law, holds] of Object.entries(laws)) {
      if (!holds(story, verdict)) assert.fail(`${law}: ${JSON.stringify({ story, verdict })}`);
    }
  }
  assert.ok(stories > 2000, `only ${stories} stories`);
});

test('the same peer twice is one peer, and a stranger none', () => {
  const inquiry = { me, term, peers: ['orders-1', 'orders-2'], instances: 3 };
  const silent = (pod: string): PeerAnswer => ({ pod, term: 2, reading: { kind: 'unreachable' } });
  assert.equal(judgePeers(inquiry, [silent('orders-1'), silent('orders-1')]).kind, 'none');
  assert.equal(judgePeers(inquiry, [silent('orders-1'), silent('orders-7')]).kind, 'none');
  assert.equal(judgePeers(inquiry, [silent('orders-1'), silent('orders-2')]).kind, 'isolation');
});

test('a pod that was made while the primary could not see it counts, once a peer knows of it', () => {
  const inquiry = { me, term, peers: ['orders-1'], instances: 2 };
  const alone: PeerAnswer = { pod: 'orders-1', term: 2, reading: { kind: 'unreachable' } };
  assert.equal(judgePeers(inquiry, [alone]).kind, 'isolation');
  const grown = { instances: 3, pods: [me, 'orders-1', 'orders-2'] };
  assert.deepEqual(judgePeers(inquiry, [{ ...alone, members: grown }]), {
    kind: 'none',
    because: 'orders-2 did not answer',
  });
  const wanted = { instances: 3, pods: [me, 'orders-1'] };
  assert.equal(judgePeers(inquiry, [{ ...alone, members: wanted }]).kind, 'none');
});
