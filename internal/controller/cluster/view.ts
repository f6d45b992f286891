import type { InstanceReport } from '../../control/protocol.ts';
import type { Duration, Instant } from '../../time/units.ts';

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
  | {
      readonly kind: 'held';
      readonly term: number;
      readonly target: string;
      readonly current: string | undefined;
    }
  /** A safety input that cannot be read fails closed: nobody is appointed. */
  | { readonly kind: 'unreadable'; readonly problem: string };

export interface InstanceView {
  readonly name: string;
  readonly ordinal: number;
  readonly pod: PodFacts | undefined;
  readonly claim: ClaimFacts | undefined;
  readonly sighting: Sighting;
}

/** What an instance manager said of its own Redis, or that it says nothing. */
export type Sighting =
  | { readonly kind: 'reported'; readonly report: InstanceReport }
  /** `for`: how long ago it last answered this operator, or was first asked if it never did. */
  | { readonly kind: 'silent'; readonly because: string; readonly for: Duration }
  | { readonly kind: 'absent' };

export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly ip: string | undefined;
  readonly nodeName: string | undefined;
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
