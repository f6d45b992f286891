import { provedTerm } from '../../instance-manager/synced-term.ts';
import { factsOf, type Instance, madeAnew, type Pod, redisFactsOf, type Status } from './instance.ts';
import type { Scope } from './scope.ts';
import { type Rules, settle } from './settle.ts';
import { heldUpAtMost, now } from './time.ts';

/** The first redis-server process of a pod, and the one that is started after another. */
const firstRun = (pod: Pod): string => `${pod}.0`;
const nextRun = (run: string): string => run.replace(/\d+$/, (count) => String(Number(count) + 1));

export const firstStatus: Status = {
  version: 1,
  term: 1,
  target: 0,
  run: firstRun(0),
  fenced: false,
  offer: undefined,
  offered: 0,
};
/** After pod 0 fell silent and pod 1 was appointed. */
export const lateStatus: Status = { ...firstStatus, version: 3, term: 2, target: 1, run: firstRun(1) };

/** A settled cluster: pod 0 is primary in term 1, and the others were proved in sync with it. */
export const firstInstances = ({ instances }: Scope): readonly Instance[] =>
  Array.from({ length: instances }, (_, pod) =>
    pod === firstStatus.target ? primaryOf(firstStatus) : replicaOf(pod, firstStatus),
  );

const primaryOf = (known: Status): Instance => ({
  ...newPod(known.target),
  known,
  record: { term: known.term, role: 'primary' },
  bootTerm: 0,
  proof: { term: known.term, age: 0 },
  follows: 'nobody',
  gateOpen: true,
  data: 1,
});

const replicaOf = (pod: Pod, known: Status): Instance => ({
  ...newPod(pod),
  known,
  record: { term: known.term, role: 'replica' },
  bootTerm: known.term - 1,
  syncedTerm: known.term,
  follows: known.target,
  data: 1,
});

/** redis-server ends; its manager sees it at once, as `factsOfEnd`. */
export const endRedis = (instance: Instance, { scope }: Rules): Instance => ({
  ...instance,
  process: 'ended',
  frozen: false,
  proof: undefined,
  bootTerm: undefined,
  syncedTerm: 0,
  follows: 'nowhere',
  gateOpen: false,
  unreachable: undefined,
  data: scope.persistence === 'aof' ? instance.data : 0,
  reading: instance.reading === undefined ? undefined : { ...instance.reading, sameProcess: false },
});

/** The whole pod ends: of the manager's knowledge only the record on the volume is left. */
export const endPod = (instance: Instance, rules: Rules): Instance => ({
  ...endRedis(instance, rules),
  process: 'gone',
  record: instance.ahead ?? instance.record,
  ahead: undefined,
  nominated: 0,
  known: undefined,
  promiseAsked: 0,
  promisedFor: 0,
  release: undefined,
  recalled: 0,
  reading: undefined,
});

/** It begins as redis.conf says, and its manager has yet to look at it. */
export const start = (instance: Instance, { guards }: Rules): Instance => ({
  ...instance,
  process: 'running',
  run: nextRun(instance.run),
  ...guards.boot,
});

/** A pod that was made in the place of another, on a volume of its own, with an empty redis-server. */
export const newPod = (pod: Pod): Instance => ({
  process: 'running',
  run: firstRun(pod),
  frozen: false,
  known: undefined,
  record: { term: 0, role: undefined },
  ahead: undefined,
  nominated: 0,
  bootTerm: undefined,
  syncedTerm: 0,
  promiseAsked: 0,
  promisedFor: 0,
  release: undefined,
  recalled: 0,
  proof: undefined,
  follows: 'nowhere',
  gateOpen: false,
  data: 0,
  reading: undefined,
  unreachable: undefined,
});

/** Pod 0 has heard nothing since its own term, and its lease is over; pod `madeAnew` is proved in sync with pod 1. */
export const lateInstances: readonly (Instance | undefined)[] = [
  { ...primaryOf(firstStatus), proof: undefined, gateOpen: false },
  primaryOf(lateStatus),
  undefined,
  replicaOf(madeAnew, lateStatus),
];

/** Pod 0 has released its term to pod 1, which leads in the term that it was offered: that is yet to be recorded. */
export const offeringStatus: Status = {
  ...firstStatus,
  version: 2,
  offer: { term: 2, to: 1, run: firstRun(1) },
  offered: 2,
};
export const succeededInstances: readonly Instance[] = [
  {
    ...primaryOf(offeringStatus),
    gateOpen: false,
    release: { term: 1, to: 1, handover: 2 },
  },
  primaryOf({ ...offeringStatus, term: 2, target: 1, run: firstRun(1), offer: undefined }),
];

export const emptiedInstances: readonly Instance[] = [
  { ...primaryOf(firstStatus), data: 2 },
  { ...replicaOf(1, firstStatus), bootTerm: 1, syncedTerm: 0, data: 0 },
];

export const thaw = (pod: Pod, instance: Instance, rules: Rules): Instance =>
  settle(pod, { ...instance, frozen: false }, rules);

/** A tick passes. What its lease does not cover any more is closed before anything else happens. */
export function age(pod: Pod, instance: Instance, rules: Rules): Instance {
  const { proof, reading, release } = instance;
  const late = reading !== undefined && reading.age >= heldUpAtMost;
  return settle(
    pod,
    {
      ...instance,
      promisedFor: instance.promisedFor + 1,
      release: rules.guards.releaseLasts ? release : undefined,
      proof: proof === undefined ? undefined : { ...proof, age: proof.age + 1 },
      reading: reading === undefined || late ? undefined : { ...reading, age: reading.age + 1 },
      unreachable: undefined,
    },
    rules,
  );
}

/** It has received all that `upstream` has, and has compared offsets with it. */
export function takeStream(instance: Instance, upstream: Instance, rules: Rules): Instance {
  const streamed: Instance = { ...instance, data: upstream.data };
  const facts = factsOf(streamed, rules.scope);
  const { follows } = redisFactsOf(streamed, rules.scope);
  if (follows === undefined) return streamed;
  const link = {
    kind: 'up',
    address: follows,
    since: now,
    goal: 0,
    inSync: true,
    lagBytes: 0,
    comparedAt: now,
    agreedAt: now,
  } as const;
  const term = provedTerm({ ...facts, link });
  return { ...streamed, syncedTerm: Math.max(instance.syncedTerm, term) };
}
