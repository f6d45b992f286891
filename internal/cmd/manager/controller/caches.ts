import { isDeepStrictEqual } from 'node:util';
import { Label } from '../../../../api/v1/names.ts';
import { clusterKey } from '../../../controller/cluster/observe.ts';
import type { Caches } from '../../../controller/cluster/ports.ts';
import { invariant } from '../../../errors.ts';
import { type Change, Informer, type InformerPorts } from '../../../kube/informer.ts';
import { keyOf } from '../../../kube/memory-store.ts';
import type { KubeObject, Resource } from '../../../kube/objects.ts';
import {
  type Node,
  nodes,
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

/** The operator's caches: the clusters, of other kinds only what carries a cluster's label, and what is said of nodes. */
export class ClusterCaches implements Caches {
  readonly #informers: readonly Informer<KubeObject>[];
  readonly #nodeInformer: Informer<Node>;
  readonly #stores: ReadonlyMap<string, Store<KubeObject>>;
  readonly nodes: Store<Node>;

  /** `onChange` is told the key of the cluster that a changed object belongs to. */
  constructor(ports: CachePorts, onChange: (key: string) => void) {
    const namespaces = ports.namespaces.length === 0 ? [undefined] : ports.namespaces;
    const informersOf = (resource: Resource): readonly Informer<KubeObject>[] =>
      namespaces.map((namespace) => inform(resource, namespace, ports, onChange));
    const byKind = [redisClusters, ...cachedKinds].map(
      (resource) => [resource, informersOf(resource)] as const,
    );
    const nodeInformer = informNodes(ports, (node) => {
      for (const pod of this.pods.all()) {
        if (pod.spec?.nodeName === node) for (const key of labelledKey(pod) ?? []) onChange(key);
      }
    });
    this.nodes = nodeInformer.store;
    this.#nodeInformer = nodeInformer;
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

  /** Of nodes nothing is waited for: what is not known of them only makes us more patient. */
  async waitForSync(): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.waitForSync()));
  }

  /** Keeps them up to date until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const all = [...this.#informers, this.#nodeInformer];
    await Promise.all(all.map((informer) => informer.run(signal)));
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

/** A node reports its health all the time: only what a decision looks at is kept, and told when it changes. */
function informNodes(ports: CachePorts, onChange: (node: string) => void): Informer<Node> {
  return new Informer(
    {
      resource: nodes,
      selection: {},
      project: ({ apiVersion, kind, metadata, spec }) => ({
        ...(apiVersion === undefined ? {} : { apiVersion }),
        ...(kind === undefined ? {} : { kind }),
        metadata: { name: metadata.name, ...versionOf(metadata) },
        spec: {
          ...(spec?.unschedulable === true ? { unschedulable: true } : {}),
          taints: spec?.taints ?? [],
        },
      }),
      onChange: ({ before, now }) => {
        const name = (now ?? before)?.metadata.name;
        if (name !== undefined && !isDeepStrictEqual(before?.spec, now?.spec)) onChange(name);
      },
    },
    ports,
  );
}

const versionOf = ({ resourceVersion }: KubeObject['metadata']): { readonly resourceVersion?: string } =>
  resourceVersion === undefined ? {} : { resourceVersion };

function ownKey(object: KubeObject): readonly string[] {
  const { namespace = '', name } = keyOf(object);
  return [clusterKey(namespace, name)];
}

function labelledKey({ metadata }: KubeObject): readonly string[] | undefined {
  const name = metadata.labels?.[Label.cluster];
  return name === undefined ? undefined : [clusterKey(metadata.namespace ?? '', name)];
}
