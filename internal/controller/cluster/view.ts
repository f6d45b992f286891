import type { InstanceReport } from '../../control/protocol.ts';
import { type Duration, type Instant, seconds } from '../../time/units.ts';
import type { Offer } from './tenure.ts';

/** Everything that a decision about one cluster may look at. Nothing else is an input. */
export interface ClusterView {
  readonly now: Instant;
  readonly cluster: ClusterIdentity;
  readonly wantedInstances: number;
  readonly deleting: boolean;
  /** The user asked us to leave the cluster's objects alone; a primary is still appointed. */
  readonly reconcileDisabled: boolean;
  /** The user asked us to end the pods of another operator (redis.io/take-over). */
  readonly takeOverAsked: boolean;
  readonly storage: WantedStorage;
  readonly planned: PlannedView;
  /** The spec hash of a pod made now, by pod name. */
  readonly wantedHash: ReadonlyMap<string, string>;
  readonly tenure: TenureView;
  readonly policy: FailoverPolicy;
  readonly userFence: UserFence;
  readonly request: SwitchoverRequest;
  /** How long the nodes' proxies still rest after a change of this cluster's endpoints: a planned hand-over waits for that. */
  readonly proxiesBusyFor: Duration;
  /** By pod name, in the order of the ordinals: all wanted ones, and all that exist beyond them. */
  readonly instances: ReadonlyMap<string, InstanceView>;
  /** Claims of instances that are neither wanted nor there. They are kept. */
  readonly danglingClaims: readonly string[];
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
  readonly sizeBytes: bigint;
  /** spec.storage.autoGrow; undefined where claims grow on request alone. */
  readonly autoGrow: AutoGrow | undefined;
}

export interface AutoGrow {
  readonly thresholdPercent: number;
  readonly stepBytes: bigint;
  readonly limitBytes: bigint;
}

/** What planned operations go by, besides everything else in the view. */
export interface PlannedView {
  /** Of a pod made now. */
  readonly parts: PodParts;
  /** Of the RedisCluster. */
  readonly generation: number;
  /** Whether the update of the primary waits for a word from people, and whether they gave it. */
  readonly primaryUpdate: 'unsupervised' | 'supervised' | 'approved';
  /** A pod's data ends with it, though the user wants it kept: of a cluster of one no pod is made anew without a word. */
  readonly dataEndsWithPod: boolean;
  /** The user wants nothing of it to run (redis.io/hibernation), and its data outlives its pods. */
  readonly hibernating: boolean;
  /** spec.nodeMaintenanceWindow.inProgress: for people to see. */
  readonly maintenance: boolean;
  /** Fewer clusters than the operator's setting allows are being updated, this one not counted. */
  readonly mayRoll: boolean;
  readonly managers: ManagersView;
  readonly resizes: ResizesView;
}

/** Changing the resources of pods in place, without a restart. */
export interface ResizesView {
  /** Of the container `redis` of a pod made now. */
  readonly wanted: Resources;
  /** The operator's command line does not forbid it. */
  readonly allowed: boolean;
  /** Why the API server lately refused just these resources for one of the pods; undefined when it did not. */
  readonly refused: ResizeRefusal | undefined;
  /** By the UID of the pod: how long this operator process has known of the change that the pod waits for. */
  readonly waits: ReadonlyMap<string, Duration>;
}

export interface ResizeRefusal {
  readonly because: string;
  /** A pod made anew would be refused them as well, as by a quota: to delete the one that runs would lose it. */
  readonly anewToo: boolean;
}

/** What a container asks for, and the most it may have. */
export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** As Kubernetes writes them, by the name of the resource. */
export type Amounts = Readonly<Record<string, string>>;

/** Replacing the instances' managers in place (redis.io/upgrade-managers). */
export interface ManagersView {
  /** The version they are to be of, which is the operator's own; undefined where nobody asked for it. */
  readonly wanted: string | undefined;
  /** By the UID of the pod: what came of it, as far as this operator process knows. */
  readonly attempts: ReadonlyMap<string, UpgradeAttempt>;
}

/** `underWay`: it is taking in the binary, or is about to run it. */
export type UpgradeAttempt =
  | { readonly kind: 'underWay' }
  | { readonly kind: 'refused'; readonly because: string };

/** What of the user's wishes shapes a pod, in the order in which differences are told. */
export const partNames = [
  'image',
  'resources',
  'restartedAt',
  'placement',
  'podTemplate',
  'secrets',
  'storage',
  'settings',
] as const;
export type PartName = (typeof partNames)[number];
/** Each part in a form that differs when the part does. */
export type PodParts = { readonly [Part in PartName]?: string };

/** The one record that decides who is primary, as the cluster's status holds it. */
export type TenureView =
  /** `former`: who was primary as another operator says, whose cluster is taken over. */
  | { readonly kind: 'vacant'; readonly former?: string | undefined }
  | HeldTenure
  /** A safety input that cannot be read fails closed: nobody is appointed. */
  | { readonly kind: 'unreadable'; readonly problem: string };

export interface HeldTenure {
  readonly kind: 'held';
  readonly term: number;
  readonly target: string;
  /** Which pod of that name was appointed; undefined in a record that does not say so. */
  readonly targetUID: string | undefined;
  /** Which redis-server process of that pod was appointed; undefined in a record that does not say so. */
  readonly targetRun: string | undefined;
  readonly current: string | undefined;
  /** To whom the target is to hand over; undefined while it is not. */
  readonly offer?: Offer | undefined;
  /** The term that was offered last, also one that was recalled; undefined for none. */
  readonly offeredTerm?: number | undefined;
  /** How long this operator process has known of the fence; undefined while there is none. */
  readonly fencedFor: Duration | undefined;
  /** How long ago this operator process last heard the appointed pod, or saw that it is gone; 0 while it answers. */
  readonly silentFor: Duration;
  /** How long this operator process has known that something is wrong with its primary; 0 while it knows of nothing. */
  readonly failingFor: Duration;
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

/** What the user asks for by redis.io/switchover-to, and what became of it. */
export interface SwitchoverRequest {
  /** The value of the annotation; undefined while there is none. */
  readonly to: string | undefined;
  /** It has been carried out, or refused. */
  readonly answered: boolean;
  /** How long this operator process has known of it; 0 while there is none. */
  readonly askedFor: Duration;
  /** How long ago this operator process was last refused a hand-over, by an instance or by the API server. */
  readonly refusedAgo: Duration | undefined;
  /** The tenure began with a switchover, not with a failure. */
  readonly planned: boolean;
}

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
  /** What of the user's wishes it was made from; undefined when that is not known. */
  readonly parts: PodParts | undefined;
  /** Of its container `redis`; undefined where it has none. */
  readonly resources: PodResources | undefined;
  /** Who is its controller: we only touch what is ours. */
  readonly owner: Ownership;
  readonly roleLabel: string | undefined;
  readonly trouble: PodTrouble | undefined;
}

export interface PodResources {
  /** As the pod's spec has them: what was asked for last. */
  readonly asked: Resources;
  /** As the kubelet says that they are; undefined while it says nothing. */
  readonly inForce: Resources | undefined;
  /** What it says of a change that it has not carried out; undefined while it says nothing. */
  readonly delay: ResizeDelay | undefined;
}

/**
 * `waits`: the kubelet is at it, or its node has no room yet; `fails`: it has tried, and tries again; `infeasible`: its node can
 * never have it.
 */
export interface ResizeDelay {
  readonly kind: 'waits' | 'fails' | 'infeasible';
  readonly words: string;
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

export interface GrowthRefusal {
  readonly bytes: bigint;
  readonly because: string;
}

export interface ClaimFacts {
  readonly uid: string;
  readonly bound: boolean;
  readonly deleting: boolean;
  readonly storageClassName: string | undefined;
  readonly requestedBytes: bigint;
  /** How large its volume is; undefined while it has none. */
  readonly capacityBytes: bigint | undefined;
  /** Why its volume does not grow, in Kubernetes' words; undefined while nothing is wrong. */
  readonly resizeError: string | undefined;
  /** That the API server lately refused to let it ask for so many bytes, and why. */
  readonly refusal: GrowthRefusal | undefined;
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
 * Whether the report speaks of the very redis-server process that was appointed. Where the record does not name one, every
 * process that was started before the tenure may be it.
 */
export const isOfHolder = (
  { bootTerm, process }: InstanceReport,
  { term, targetRun }: Pick<HeldTenure, 'term' | 'targetRun'>,
): boolean => (targetRun === undefined ? bootTerm < term : process.run === targetRun);

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
