import { leasePolicy } from '../../control/lease.ts';
import type { InstanceReport } from '../../control/protocol.ts';
import { grantedBy } from '../../controller/cluster/effects.ts';
import { decideFailover } from '../../controller/cluster/failover/decide.ts';
import { survivorPatience } from '../../controller/cluster/failover/policy.ts';
import type { FailoverStep } from '../../controller/cluster/failover/step.ts';
import type { ClusterView, HeldTenure, InstanceView } from '../../controller/cluster/view.ts';
import { podWith, replica, viewWith } from '../../controller/cluster/views.fixture.ts';
import { reportOf } from '../../instance-manager/report.ts';
import { milliseconds } from '../../time/units.ts';
import {
  addressOf,
  factsOf,
  type Instance,
  identityOf,
  madeAnew,
  nameOf,
  type Pod,
  type Status,
  uidOf,
} from './instance.ts';
import type { Rules } from './settle.ts';
import { fenceSettledTwice, heldUpAtMost, now, onFastClock, silenceSeconds } from './time.ts';

/** What one process of the operator knows. */
export interface Operator {
  /** The RedisCluster as its cache has it. */
  readonly cache: Status;
  /** The lowest version that it decides on: its own last write, or what is newer than one that was refused. */
  readonly lowest: number;
  /** The version in which it first saw the fence that is there, and how many ticks ago. */
  readonly fence: { readonly version: number; readonly age: number } | undefined;
  /** Whom it lets write. */
  readonly grants: { readonly term: number; readonly pod: Pod } | undefined;
  /** A write of the status on its way. */
  readonly pending: Pending | undefined;
}

/** What is to be written, on which version, and to whom it is told; `held` it may outlast a tick. */
export interface Pending {
  readonly on: number;
  readonly status: Omit<Status, 'version'>;
  readonly kind: 'fence' | 'reinstate' | 'appoint' | 'offer' | 'withdraw';
  /** How many ticks ago the candidate gave the report that its promotion echoes. */
  readonly age: number;
  readonly held: boolean;
}

/** A process that has just begun to lead: it lists before it decides. */
export const newOperator = (cache: Status): Operator => ({
  cache,
  lowest: 0,
  fence: undefined,
  grants: undefined,
  pending: undefined,
});

/** What it sees of a pod when it asks: nothing, or its report, and whether that one hears the primary at this moment. */
export interface Seen {
  readonly pod: Pod;
  readonly instance: Instance | undefined;
  readonly hears: boolean;
}

export interface Decision {
  readonly view: ClusterView;
  readonly step: FailoverStep;
  readonly fence: Operator['fence'];
  readonly grants: Operator['grants'];
}

/** One tick of the operator up to its record, as `reconcileCluster`, on the RedisCluster as it was read. */
export function decide(operator: Operator, status: Status, seen: readonly Seen[], rules: Rules): Decision {
  const fence = fenceSeen(operator, status);
  const view = viewOf(status, fence?.age, seen, rules);
  const step = rules.guards.step(decideFailover(rules.guards.clusterView(view)));
  const ends = step.kind === 'fence' && rules.guards.fenceEndsGrants;
  const granted = grantedBy(rules.guards.fenceEndsGrants ? view : unfenced(view));
  const grants =
    ends || granted === undefined ? undefined : { term: granted.term, pod: podOf(granted.podUID) };
  return { view, step, fence, grants };
}

/** As `Recollection.fencedFor`: a fence is as old as this process knows of it. */
export function fenceSeen({ fence }: Operator, { version, fenced }: Status): Operator['fence'] {
  if (!fenced) return undefined;
  return fence?.version === version ? fence : { version, age: 0 };
}

const unfenced = (view: ClusterView): ClusterView => ({
  ...view,
  tenure: { ...(view.tenure as HeldTenure), fencedFor: undefined },
});

export const podOf = (uid: string): Pod => Number(uid.slice('uid-'.length));

/** What the decision may look at. Silence is believed at once, and nobody is waited for: both are patience, no guards. */
function viewOf(
  status: Status,
  fenceAge: number | undefined,
  seen: readonly Seen[],
  { scope, guards }: Rules,
): ClusterView {
  const target = nameOf(status.target);
  const heard = seen.some(({ pod, instance }) => pod === status.target && instance !== undefined);
  const { suspicion, settling } = leasePolicy(silenceSeconds);
  const reports = seen.map((one) => [nameOf(one.pod), instanceViewOf(one, status, scope)] as const);
  return viewWith({
    wantedInstances: scope.instances,
    tenure: {
      kind: 'held',
      term: status.term,
      target,
      targetUID: uidOf(status.target),
      targetRun: status.run,
      offer: offerOf(status),
      offeredTerm: status.offered,
      current: target,
      fencedFor: fenceAge === undefined ? undefined : onFastClock(fenceAge),
      silentFor: heard ? milliseconds(0) : suspicion,
      ended: undefined,
      // What was on its way has arrived: nothing is, between two steps of this world.
      failingFor: survivorPatience,
      lastServed: undefined,
    },
    policy: guards.policy({
      suspicion,
      settling,
      delay: milliseconds(0),
      minSyncReplicas: scope.minSyncReplicas,
      maxLagBytes: undefined,
      volumeKeepsWrites: scope.persistence === 'aof',
    }),
    instances: new Map(reports),
  });
}

const offerOf = ({ offer }: Status): HeldTenure['offer'] =>
  offer && {
    term: offer.term,
    pod: nameOf(offer.to),
    podUID: uidOf(offer.to),
    run: offer.run,
    because: undefined,
  };

function instanceViewOf(
  { pod, instance, hears }: Seen,
  { target }: Status,
  scope: Rules['scope'],
): InstanceView {
  const ordinal = pod % madeAnew;
  const there = { ...replica(ordinal), pod: { ...podWith(ordinal), uid: uidOf(pod), ip: addressOf(pod) } };
  if (instance === undefined) {
    const sighting = { kind: 'silent', because: 'no answer', for: milliseconds(1e6) } as const;
    return { ...there, sighting, missedFor: milliseconds(1e6) };
  }
  return {
    ...there,
    sighting: { kind: 'reported', report: reportFrom(pod, instance, hears ? target : undefined, scope) },
  };
}

/** What the instance says when it is asked. */
function reportFrom(
  pod: Pod,
  instance: Instance,
  hears: Pod | undefined,
  scope: Rules['scope'],
): InstanceReport {
  const facts = factsOf(instance, scope);
  const { follows } = facts.redis ?? {};
  const heard = hears === undefined || follows === undefined ? undefined : { address: follows, at: now };
  return reportOf(identityOf(pod), { ...facts, heard }, now);
}

/** What a step writes down; undefined for one that writes nothing. */
export function recordOf(step: FailoverStep, { version, ...before }: Status): Pending | undefined {
  const common = { on: version, age: 0, held: false };
  switch (step.kind) {
    case 'hold':
    case 'prepare':
    case 'confirm':
      return undefined;
    case 'fence':
      return { ...common, kind: 'fence', status: { ...before, fenced: true } };
    case 'reinstate':
      return before.fenced
        ? { ...common, kind: 'reinstate', status: { ...before, fenced: false } }
        : undefined;
    case 'appoint': {
      const [target, run] = [podOf(step.podUID), step.run ?? ''];
      const status = { ...before, term: step.term, target, run, fenced: false, offer: undefined };
      return { ...common, kind: 'appoint', status };
    }
  }
}

/** Its cache does not show its own last write yet, or is known to be overtaken. */
export const isOutdated = ({ cache, lowest }: Operator): boolean => cache.version < lowest;

/** What it knows once its cache shows a newer status: what it kept for the time before that is of no use any more. */
export function upToDate(operator: Operator): Operator {
  const { cache, fence } = operator;
  if (isOutdated(operator)) return operator;
  return {
    ...operator,
    lowest: 0,
    fence: fence !== undefined && fence.version < cache.version ? undefined : fence,
  };
}

/** A tick passes. */
export function ageOperator(operator: Operator, latest: Status, stalls: boolean): Operator {
  const { fence, pending } = operator;
  const lasts = pending?.held === true && pending.age < heldUpAtMost;
  return upToDate({
    ...operator,
    cache: stalls ? operator.cache : latest,
    fence: fence === undefined ? undefined : { ...fence, age: Math.min(fence.age + 1, fenceSettledTwice) },
    pending: lasts ? { ...pending, age: pending.age + 1 } : undefined,
  });
}
