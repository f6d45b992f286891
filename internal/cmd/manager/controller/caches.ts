import { Label } from '../../../../api/v1/names.ts';
import { clusterKey } from '../../../controller/cluster/observe.ts';
import type { Caches } from '../../../controller/cluster/ports.ts';
import { invariant } from '../../../errors.ts';
import { type Change, Informer, type InformerPorts } from '../../../kube/informer.ts';
import { keyOf } from '../../../kube/memory-store.ts';
import type { KubeObject, Resource } from '../../../kube/objects.ts';
import {
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  redisClusters,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../../../kube/resources.ts';
import type { Store } from '../../../kube/store.ts';
import { joinStores } from './joined-store.ts';

export interface CachePorts extends InformerPorts {
  /** Empty means all. */
  readonly namespaces: readonly string[];
}

const cachedKinds: readonly Resource[] = [
  pods,
  persistentVolumeClaims,
  services,
  secrets,
  serviceAccounts,
  roles,
  roleBindings,
  podDisruptionBudgets,
];

/** The operator's caches: the clusters, and of other kinds only what carries a cluster's label. */
export class ClusterCaches implements Caches {
  readonly #informers: readonly Informer<KubeObject>[];
  readonly #stores: ReadonlyMap<string, Store<KubeObject>>;

  /** `onChange` is told the key of the cluster that a changed object belongs to. */
  constructor(ports: CachePorts, onChange: (key: string) => void) {
    const namespaces = ports.namespaces.length === 0 ? [undefined] : ports.namespaces;
    const informersOf = (resource: Resource): readonly Informer<KubeObject>[] =>
      namespaces.map((namespace) => inform(resource, namespace, ports, onChange));
    const byKind = [redisClusters, ...cachedKinds].map(
      (resource) => [resource, informersOf(resource)] as const,
    );
    this.#informers = byKind.flatMap(([, informers]) => informers);
    this.#stores = new Map(
      byKind.map(([resource, informers]) => [
        resource.plural,
        joinStores(informers.map(({ store }) => store)),
      ]),
    );
  }

  get clusters(): Store<KubeObject> {
    return this.of(redisClusters);
  }

  get pods(): Caches['pods'] {
    return this.of(pods);
  }

  get claims(): Caches['claims'] {
    return this.of(persistentVolumeClaims);
  }

  of<Kind extends KubeObject>(resource: Resource<Kind>): Store<Kind> {
    const store = this.#stores.get(resource.plural);
    invariant(store !== undefined, `${resource.plural} are cached`);
    return store as Store<Kind>;
  }

  get synced(): boolean {
    return [...this.#stores.values()].every((store) => store.synced);
  }

  async waitForSync(): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.waitForSync()));
  }

  /** Keeps them up to date until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.run(signal)));
  }
}

function inform(
  resource: Resource,
  namespace: string | undefined,
  ports: CachePorts,
  onChange: (key: string) => void,
): Informer<KubeObject> {
  const isCluster = resource === redisClusters;
  const clusterOf = isCluster ? ownKey : labelledKey;
  return new Informer(
    {
      resource,
      selection: { namespace, labelSelector: isCluster ? undefined : Label.cluster },
      index: (object) => clusterOf(object) ?? [],
      onChange: ({ before, now }: Change<KubeObject>) => {
        for (const key of new Set([before, now].flatMap((object) => (object && clusterOf(object)) ?? [])))
          onChange(key);
      },
    },
    ports,
  );
}

function ownKey(object: KubeObject): readonly string[] {
  const { namespace = '', name } = keyOf(object);
  return [clusterKey(namespace, name)];
}

function labelledKey({ metadata }: KubeObject): readonly string[] | undefined {
  const name = metadata.labels?.[Label.cluster];
  return name === undefined ? undefined : [clusterKey(metadata.namespace ?? '', name)];
}
