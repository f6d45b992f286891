import { Annotation, claimName, ordinalOf, podName } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import { instant, parseRfc3339 } from '../../time/units.ts';
import { claimFacts, nodeFacts, podFacts } from './facts.ts';
import { failoverPolicy } from './failover/policy.ts';
import { parseUserFence } from './failover/user-fence.ts';
import type { Recollection } from './memory.ts';
import type { InstanceTarget, Ports } from './ports.ts';
import { tenureOf } from './tenure.ts';
import type { ClusterView, InstanceView, NodeFacts, PodFacts, Sighting, TenureView } from './view.ts';
import { wantedPods } from './wanted.ts';

/** Looks at everything once: the caches, and every instance in parallel. Changes nothing. */
export async function observe(
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<ClusterView> {
  const { metadata, spec } = cluster;
  const memory = ports.memory.of(metadata);
  const pods = podsOf(cluster, ports);
  const askedAt = ports.clock.monotonic();
  const sightings = await ports.instances.sightings(cluster, targetsAmong(pods), signal);
  memory.heard(pods.values(), sightings, askedAt);
  return {
    now: ports.clock.now(),
    cluster: {
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      createdAt: parseRfc3339(metadata.creationTimestamp ?? '') ?? instant(0),
    },
    wantedInstances: spec.instances,
    deleting: metadata.deletionTimestamp !== undefined,
    reconcileDisabled: metadata.annotations?.[Annotation.reconcile] === 'disabled',
    storage: { type: spec.storage.type, storageClassName: spec.storage.storageClassName },
    wantedHash: new Map(
      [...wantedPods(cluster, ports.operatorImage)].map(([name, { hash }]) => [name, hash]),
    ),
    tenure: tenureView(cluster, { pods, sightings, memory }),
    policy: failoverPolicy(spec),
    userFence: parseUserFence(metadata.annotations?.[Annotation.fencedInstances]),
    instances: instancesOf(cluster, { pods, claims: claimsOf(cluster, ports), sightings, memory }),
  };
}

function tenureView(cluster: RedisCluster, { pods, sightings, memory }: Omit<Seen, 'claims'>): TenureView {
  const tenure = tenureOf(cluster);
  if (tenure.kind !== 'held') return tenure;
  const { fencedSince: _, ...record } = tenure;
  const pod = [...pods.values()].find(({ name }) => name === tenure.target);
  return { ...record, ...memory.recall(tenure, pod, sightings.get(tenure.target)) };
}

interface Seen {
  readonly pods: ReadonlyMap<number, PodFacts>;
  readonly claims: ReadonlyMap<number, PersistentVolumeClaim>;
  readonly sightings: ReadonlyMap<string, Sighting>;
  readonly memory: Recollection;
}

function instancesOf(cluster: RedisCluster, seen: Seen): ReadonlyMap<string, InstanceView> {
  const wanted = Array.from({ length: cluster.spec.instances }, (_, ordinal) => ordinal);
  const ordinals = [...new Set([...wanted, ...seen.pods.keys()])].sort((a, b) => a - b);
  return new Map(
    ordinals.map((ordinal) => {
      const name = podName(cluster.metadata.name, ordinal);
      const claim = seen.claims.get(ordinal);
      const instance: InstanceView = {
        name,
        ordinal,
        pod: seen.pods.get(ordinal),
        claim: claim === undefined ? undefined : claimFacts(claim, cluster.metadata),
        sighting: seen.sightings.get(name) ?? { kind: 'absent' },
        lastReport: seen.memory.lastReport(name),
        missedFor: seen.memory.missedFor(name),
      };
      return [name, instance];
    }),
  );
}

/** The key under which pods and claims are indexed: the cluster that their label names. */
export const clusterKey = (namespace: string, name: string): string => `${namespace}/${name}`;

function podsOf(cluster: RedisCluster, { caches }: Ports): ReadonlyMap<number, PodFacts> {
  const { name, namespace } = cluster.metadata;
  const pods = caches.pods.indexed(clusterKey(namespace, name));
  return byOrdinal(pods, podName(name, 0).slice(0, -1), (pod: Pod) =>
    podFacts(pod, cluster.metadata, nodeOf(pod, caches)),
  );
}

function nodeOf({ spec }: Pod, { nodes }: Ports['caches']): NodeFacts {
  const name = spec?.nodeName;
  return nodeFacts(name, name === undefined ? undefined : nodes.get({ namespace: undefined, name }));
}

function claimsOf(cluster: RedisCluster, { caches }: Ports): ReadonlyMap<number, PersistentVolumeClaim> {
  const { name, namespace } = cluster.metadata;
  const claims = caches.claims.indexed(clusterKey(namespace, name));
  return byOrdinal(claims, claimName(name, 0).slice(0, -1), (claim: PersistentVolumeClaim) => claim);
}

function byOrdinal<Kind extends Pod | PersistentVolumeClaim, Facts>(
  objects: readonly Kind[],
  prefix: string,
  factsOf: (object: Kind) => Facts,
): ReadonlyMap<number, Facts> {
  const found = new Map<number, Facts>();
  for (const object of objects) {
    const ordinal = ordinalOf(object.metadata.name, prefix);
    if (ordinal !== undefined) found.set(ordinal, factsOf(object));
  }
  return found;
}

/** Only our own pods are asked: whoever else answers at an address has no say in who is primary. */
function targetsAmong(pods: ReadonlyMap<number, PodFacts>): readonly InstanceTarget[] {
  return [...pods.values()].flatMap(({ owner, name, uid, ip, phase }) =>
    owner === 'ours' && ip !== undefined && phase === 'Running' ? [{ pod: name, uid, ip }] : [],
  );
}
