import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { InstanceReport } from '../../control/protocol.ts';
import type { Kube } from '../../kube/kube.ts';
import type { KubeObject, Resource } from '../../kube/objects.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import type { Store } from '../../kube/store.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../time/clock.ts';
import type { Duration } from '../../time/units.ts';
import type { ClusterMemory } from './memory.ts';
import type { PhaseLengths } from './phase-lengths.ts';
import type { Sighting } from './view.ts';

/** Everything a tick touches outside itself. */
export interface Ports {
  readonly clock: Clock;
  readonly log: Logger;
  readonly kube: Kube;
  readonly caches: Caches;
  readonly instances: Instances;
  readonly events: Events;
  readonly secrets: Secrets;
  readonly figures: Figures;
  readonly memory: ClusterMemory;
  /** At this moment no other operator can decide anything: the Lease of the operators is held. */
  readonly surelyLeads: () => boolean;
  /** The image that carries the manager binary, for the init container of every pod. */
  readonly operatorImage: string;
  /** The version of this operator, and of the manager in that image. */
  readonly managerVersion: string;
  /** Pods may be given other resources without being made anew. */
  readonly resizesInPlace: boolean;
}

/** Read-only caches, limited to what is ours. Clusters are unparsed: anything may have been written there. */
export interface Caches {
  readonly clusters: Store<KubeObject>;
  readonly pods: Store<Pod>;
  readonly claims: Store<PersistentVolumeClaim>;
  /** Of nodes only what a decision looks at is kept: their taints, and whether they are cordoned. */
  readonly nodes: Store<Node>;
  /** The cache of one kind of applied object. */
  of<Kind extends KubeObject>(resource: Resource<Kind>): Store<Kind>;
}

export interface InstanceTarget {
  readonly pod: string;
  readonly uid: string;
  readonly ip: string;
}

/** The instances themselves, at their pods' addresses. */
export interface Instances {
  /** Asks all in parallel, each within its own limit. Silence is data, not an error. */
  sightings(
    cluster: RedisCluster,
    targets: readonly InstanceTarget[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Sighting>>;
  /**
   * Tells one instance what was recorded, so that it need not find out by itself. Resolves to its report after it, or to
   * undefined when it refused or did not answer: the record stands, and the instance will read it. Never rejects.
   */
  command(
    cluster: RedisCluster,
    target: InstanceTarget,
    command: InstanceCommand,
    signal: AbortSignal,
  ): Promise<InstanceReport | undefined>;
  /**
   * Sends our own binary to one instance, for its manager to be replaced by it. Takes seconds. Never rejects; tells through
   * the same way as everything else that is heard of the instance when to look again.
   */
  upgrade(cluster: RedisCluster, target: InstanceTarget, term: number): Promise<Upgraded>;
  /** From now on the lease is granted to this one, and to nobody else; undefined withdraws it at once. Idempotent. */
  grant(cluster: RedisCluster, tenure: GrantedTenure | undefined): void;
  /** Forgets a cluster that is gone: ends its streams, its grants and its connections. */
  forget(cluster: { readonly namespace: string; readonly name: string }): void;
}

/**
 * `taken`: the instance has found it to be fit, and is about to run it. `notNow`: what it was doing, or a connection that broke, was
 * in the way. `refused`: it would be again.
 */
export type Upgraded =
  | { readonly kind: 'taken' }
  | { readonly kind: 'notNow' | 'refused'; readonly because: string };

/** An order on the control port, see docs/failover.md. `asOf` is the `clock` of the newest report of the target. */
export type InstanceCommand =
  | { readonly kind: 'prepare'; readonly term: number }
  | { readonly kind: 'nominate'; readonly term: number }
  | {
      readonly kind: 'promote';
      readonly term: number;
      readonly asOf: number;
      readonly resourceVersion: string;
      readonly run: string | undefined;
      readonly instances: number;
    }
  | {
      readonly kind: 'follow';
      readonly term: number;
      readonly primary: string;
      readonly address: string;
      readonly resourceVersion: string;
      readonly run: string | undefined;
    }
  | {
      readonly kind: 'switchover';
      readonly term: number;
      readonly candidate: string;
      readonly address: string;
      readonly handover: number;
    }
  | { readonly kind: 'recall'; readonly term: number; readonly handover: number }
  | {
      readonly kind: 'fence';
      readonly term: number;
      readonly resourceVersion: string;
      readonly run: string | undefined;
    };

/** The primary that may be granted the lease: as the status says that was read or written last, and not fenced. */
export interface GrantedTenure {
  readonly pod: string;
  readonly podUID: string;
  readonly ip: string;
  readonly term: number;
}

/** Figures about failovers, for metrics. */
export interface Figures {
  failedOver(cluster: { readonly namespace: string; readonly name: string }, lengths: FailoverLengths): void;
  /** The primary handed over in order; `took` from the decision to the confirmation. */
  switchedOver(
    cluster: { readonly namespace: string; readonly name: string },
    took: Duration | undefined,
  ): void;
}

/** How long a failover took, as far as this process saw it. */
export interface FailoverLengths {
  /** From the first evidence to the confirmation; undefined when the beginning was not seen. */
  readonly took: Duration | undefined;
  readonly phases: PhaseLengths;
}

/** Kubernetes Events about one cluster. Never throws, never waits. */
export interface Events {
  record(cluster: RedisCluster, happening: Happening): void;
}

export interface Happening {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Makes and renews what must exist before any pod can start. */
export interface Secrets {
  ensure(cluster: RedisCluster, signal: AbortSignal): Promise<void>;
  /** Forgets a cluster that is gone. */
  forget(cluster: { readonly namespace: string; readonly name: string }): void;
}
