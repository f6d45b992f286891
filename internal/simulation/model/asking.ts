import type { PeerAnswer } from '../../control/protocol.ts';
import { takeIsolation } from '../../instance-manager/ask-peers.ts';
import { createFactsCell } from '../../instance-manager/facts.ts';
import { judgePeers } from '../../instance-manager/peers.ts';
import { recordOf } from '../../instance-manager/record.ts';
import { read } from './hearing.ts';
import {
  clusterFactsOf,
  factsOf,
  type Instance,
  identityOf,
  nameOf,
  type Pod,
  type Status,
  withFacts,
} from './instance.ts';
import { type Rules, settle } from './settle.ts';
import { now } from './time.ts';

/** It holds its term as primary: only then are the peers asked, see `proofViewOf`. */
export const mayAsk = (pod: Pod, { known, record, process, frozen }: Instance): boolean =>
  process === 'running' &&
  !frozen &&
  known !== undefined &&
  nameOf(known.target) === nameOf(pod) &&
  record.role === 'primary' &&
  record.term === known.term;

/** What `answerPeer` says: what it has obeyed or promised, and a live read if it can make one. */
export function answerOf(
  pod: Pod,
  instance: Instance,
  status: Status | undefined,
  { scope, guards }: Rules,
): PeerAnswer {
  const { stored, promiseAsked, cluster } = factsOf(instance, scope);
  const tenure = status === undefined ? undefined : clusterFactsOf(status, scope).tenure;
  return guards.peerAnswer({
    pod: nameOf(pod),
    term: Math.max(recordOf(stored).term, promiseAsked ?? 0),
    members: cluster === undefined ? undefined : { instances: cluster.instances, pods: cluster.pods },
    reading:
      status === undefined || tenure === undefined
        ? { kind: 'unreachable' }
        : { kind: 'read', resourceVersion: String(status.version), tenure },
  });
}

/** An answer of `peer` comes to a question of this very tick. `status` is what it read. */
export function takeAnswer(
  pod: Pod,
  instance: Instance,
  {
    answer,
    peer,
    status,
  }: { readonly answer: PeerAnswer; readonly peer: Pod; readonly status: Status | undefined },
  rules: Rules,
): Instance {
  const facts = factsOf(instance, rules.scope);
  const { cluster } = facts;
  const term = cluster?.tenure?.term;
  if (cluster === undefined || term === undefined) return instance;
  const peers = cluster.pods.filter((name) => name !== nameOf(pod));
  const before = instance.unreachable ?? 0;
  const answers = [...earlierAnswers(before, rules), answer];
  const verdict = judgePeers({ me: nameOf(pod), term, peers, instances: cluster.instances }, answers);
  const over: Instance = { ...instance, unreachable: undefined };
  if (verdict.kind === 'relay') {
    return status === undefined
      ? over
      : read(pod, over, { kind: 'relay', status, age: 0, sameProcess: false }, rules);
  }
  if (verdict.kind === 'isolation') {
    const cell = createFactsCell(facts);
    takeIsolation({ kind: 'isolation', term, at: now }, { identity: identityOf(pod) }, cell);
    return settle(pod, withFacts(over, cell.current), rules);
  }
  return answer.term > term ? over : { ...instance, unreachable: before | (1 << (peer % 3)) };
}

/** Whoever read something, or had promised, has ended the question: of the others it is enough to know who they are. */
const earlierAnswers = (unreachable: number, { scope }: Rules): readonly PeerAnswer[] =>
  Array.from({ length: scope.instances }, (_, pod) => pod)
    .filter((pod) => (unreachable & (1 << pod)) !== 0)
    .map((pod) => ({ pod: nameOf(pod), term: 0, reading: { kind: 'unreachable' } }));
