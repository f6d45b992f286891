import type { InstanceReport } from '../../control/protocol.ts';
import { type Duration, type Instant, seconds } from '../../time/units.ts';

/** Everything that a decision about one cluster may look at. Nothing else is an input. */
export interface ClusterView {
  readonly now: Instant;
  readonly cluster: ClusterIdentity;
  readonly wantedInstances: number;
  readonly deleting: boolean;
  /** The user asked us to leave the cluster's objects alone; a primary is still appointed. */
  readonly reconcileDisabled: boolean;
  readonly storage: WantedStorage;
  /** The spec hash of a pod made now, by pod name. */
  readonly wantedHash: ReadonlyMap<string, string>;
  readonly tenure: TenureView;
  readonly policy: FailoverPolicy;
  readonly userFence: UserFence;
  /** By pod name, in the order of the ordinals: all wanted ones, and all that exist beyond them. */
  readonly instances: ReadonlyMap<string, InstanceView>;
}

export interface ClusterIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly createdAt: Instant;
}

export interface WantedStorage {
  readonly type: 'pvc' | 'emptyDir';
  readonly storageClassName: string | undefined;
}

/** The one record that decides who is primary, as the cluster's status holds it. */
export type TenureView =
  | { readonly kind: 'vacant' }
  | HeldTenure
  /** A safety input that cannot be read fails closed: nobody is appointed. */
  | { readonly kind: 'unreadable'; readonly problem: string };

export interface HeldTenure {
  readonly kind: 'held';
  readonly term: number;
  readonly target: string;
  /** Which pod of that name was appointed; undefined in a record that does not say so. */
  readonly targetUID: string | undefined;
  readonly current: string | undefined;
  /** How long this operator process has known of the fence; undefined while there is none. */
  readonly fencedFor: Duration | undefined;
  /** How long ago this operator process last heard the appointed pod, or saw that it is gone; 0 while it answers. */
  readonly silentFor: Duration;
  /** That the appointed pod's container has ended, in the kubelet's words; remembered when the pod is gone. */
  readonly ended: string | undefined;
  /** What the appointed pod last said as a primary, or a fenced one, of this term; undefined when it was not heard so. */
  readonly lastServed: InstanceReport | undefined;
}

/** The numbers that failover goes by, from spec. */
export interface FailoverPolicy {
  readonly suspicion: Duration;
  readonly settling: Duration;
  /** spec.failover.delaySeconds: on top of suspicion. */
  readonly delay: Duration;
  readonly minSyncReplicas: number;
  readonly maxLagBytes: number | undefined;
  /** What an instance has acknowledged is on its volume when its Redis ends: persistence is aof. */
  readonly volumeKeepsWrites: boolean;
}

/** Whom the user has fenced by annotation. What cannot be read fences everybody, for promotion. */
export type UserFence =
  | { readonly kind: 'named'; readonly pods: readonly string[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'unreadable'; readonly problem: string };

export interface InstanceView {
  readonly name: string;
  readonly ordinal: number;
  readonly pod: PodFacts | undefined;
  readonly claim: ClaimFacts | undefined;
  readonly sighting: Sighting;
  /** The newest report that this operator process has had of the pod that is there, or was last. */
  readonly lastReport: InstanceReport | undefined;
  /** How long a question to it has gone unanswered; 0 while it answers, or is not asked. */
  readonly missedFor: Duration;
}

/** What an instance manager said of its own Redis, or that it says nothing. */
export type Sighting =
  | { readonly kind: 'reported'; readonly report: InstanceReport }
  /** `for`: how long ago it last answered this operator, or was first asked if it never did. */
  | {
      readonly kind: 'silent';
      readonly because: string;
      readonly for: Duration;
      /** The last thing it said, pushed or asked; undefined when it never said anything. */
      readonly last?: InstanceReport | undefined;
    }
  | { readonly kind: 'absent' };

export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly ip: string | undefined;
  readonly node: NodeFacts;
  /** Its container `redis` has ended and was not started again, as the kubelet reports it: when, and in words. */
  readonly ended: ContainerEnd | undefined;
  readonly phase: string;
  readonly ready: boolean;
  readonly deleting: boolean;
  readonly createdAt: Instant;
  readonly specHash: string | undefined;
  /** Who is its controller: we only touch what is ours. */
  readonly owner: Ownership;
  readonly roleLabel: string | undefined;
  readonly trouble: PodTrouble | undefined;
}

export interface NodeFacts {
  readonly name: string | undefined;
  /** No new pod goes there when it is cordoned: it is about to be drained. */
  readonly schedulable: boolean;
  /** It carries the taint node.kubernetes.io/out-of-service: somebody has made sure that it is off. */
  readonly outOfService: boolean;
}

export interface ContainerEnd {
  /** Tells one end from the next. */
  readonly id: string;
  readonly words: string;
}

/** `ours`: this very cluster's; `orphan`: nobody's, to be adopted; `foreign`: another controller's, left alone. */
export type Ownership = 'ours' | 'orphan' | 'foreign';

/** Why a pod does not work, in Kubernetes' reason and words. */
export interface PodTrouble {
  readonly reason: string;
  readonly message: string;
  /** `over`: the pod will never run again (Failed, Evicted); `stuck`: it might, once something else changes. */
  readonly kind: 'over' | 'stuck';
}

export interface ClaimFacts {
  readonly uid: string;
  readonly bound: boolean;
  readonly deleting: boolean;
  readonly storageClassName: string | undefined;
  readonly requestedBytes: bigint;
  /** Made empty by us for this very cluster object, so it held nothing when the cluster began. */
  readonly madeForThisCluster: boolean;
}

/** When to look again although nothing was heard; undefined: only when something changes. */
export type Revisit = Duration | undefined;

/** The report of an instance, if it gave one and it speaks for the pod that is there now. */
export function reportOf(instance: InstanceView | undefined): InstanceReport | undefined {
  if (instance?.sighting.kind !== 'reported' || instance.pod === undefined) return undefined;
  return instance.sighting.report.podUID === instance.pod.uid ? instance.sighting.report : undefined;
}

/**
 * How long an instance may leave a question unanswered before people are told that it is silent: longer than a busy machine
 * makes it wait, or the status would be written again and again for nothing (invariant I10). No decision waits for it.
 */
const lostQuestion = seconds(5);

/** What is shown of an instance: its report, or the last one while it has only just fallen silent. */
export function shownReportOf(instance: InstanceView | undefined): InstanceReport | undefined {
  const report = reportOf(instance);
  if (report !== undefined || instance?.sighting.kind !== 'silent') return report;
  const { lastReport, missedFor, pod } = instance;
  return lastReport?.podUID === pod?.uid && missedFor < lostQuestion ? lastReport : undefined;
}
