import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { Kube } from '../../kube/kube.ts';
import type { KubeObject, Resource } from '../../kube/objects.ts';
import type { PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import type { Store } from '../../kube/store.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../time/clock.ts';
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
  /** The image that carries the manager binary, for the init container of every pod. */
  readonly operatorImage: string;
}

/** Read-only caches, limited to what is ours. Clusters are unparsed: anything may have been written there. */
export interface Caches {
  readonly clusters: Store<KubeObject>;
  readonly pods: Store<Pod>;
  readonly claims: Store<PersistentVolumeClaim>;
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
  /** Forgets a cluster that is gone: ends its streams and connections. */
  forget(cluster: { readonly namespace: string; readonly name: string }): void;
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
}
