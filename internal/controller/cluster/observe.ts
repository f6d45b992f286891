import { Annotation, claimName, ordinalOf, podName, upgradeInPlace } from '../../../api/v1/names.ts';
import { parseQuantity } from '../../../api/v1/quantity.ts';
import type { RedisCluster, RedisClusterSpec } from '../../../api/v1/redis-cluster.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import { instant, parseRfc3339 } from '../../time/units.ts';
import { claimFacts, nodeFacts, podFacts } from './facts.ts';
import { failoverPolicy } from './failover/policy.ts';
import { parseUserFence } from './failover/user-fence.ts';
import type { Recollection } from './memory.ts';
import type { InstanceTarget, Ports } from './ports.ts';
import { asFilledIn } from './resize/amounts.ts';
import { podParts } from './resources/pod-parts.ts';
import { isTakeOverAsked, tenureOf } from './tenure.ts';
import type {
  AutoGrow,
  ClusterView,
  InstanceView,
  NodeFacts,
  PlannedView,
  PodFacts,
  Sighting,
  SwitchoverRequest,
  TenureView,
} from './view.ts';
import { specInputs, wantedHashes } from './wanted.ts';

/** Looks at everything once: the caches, and every instance in parallel. Changes nothing. */
export async function observe(
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<ClusterView> {
  const { metadata, spec } = cluster;
  const memory = ports.memory.of(metadata);
  const pods = knownPods(cluster, ports);
  const claims = claimsOf(cluster, ports);
  const askedAt = ports.clock.monotonic();
  const sightings = await ports.instances.sightings(cluster, targetsAmong(pods), signal);
  memory.heard(pods.values(), sightings, askedAt);
  memory.resizes.look(pods.values());
  return {
    now: ports.clock.now(),
    cluster: {
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      createdAt: parseRfc3339(metadata.creationTimestamp ?? '') ?? instant(0),
    },
    wantedInstances: spec.instances,
    deleting: metadata.deletionTimestamp !== undefined || memory.namespaceEnds,
    reconcileDisabled: metadata.annotations?.[Annotation.reconcile] === 'disabled',
    takeOverAsked: isTakeOverAsked(cluster),
    storage: {
      type: spec.storage.type,
      storageClassName: spec.storage.storageClassName,
      sizeBytes: parseQuantity(spec.storage.size) ?? 0n,
      autoGrow: autoGrowOf(spec.storage),
    },
    planned: plannedView(cluster, ports),
    wantedHash: memory.wantedHash.of([...specInputs(cluster), ports.operatorImage], () =>
      wantedHashes(cluster, ports.operatorImage),
    ),
    tenure: tenureView(cluster, { pods, sightings, memory }),
    policy: failoverPolicy(spec),
    request: requestOf(cluster, memory),
    proxiesBusyFor: memory.proxies.busyFor(pods.values()),
    userFence: parseUserFence(metadata.annotations?.[Annotation.fencedInstances]),
    instances: instancesOf(cluster, { pods, claims, sightings, memory }),
    danglingClaims: [...claims]
      .filter(([ordinal]) => ordinal >= spec.instances && !pods.has(ordinal))
      .map(([ordinal]) => claimName(metadata.name, ordinal)),
  };
}

function autoGrowOf({ autoGrow }: RedisClusterSpec['storage']): AutoGrow | undefined {
  if (autoGrow === undefined) return undefined;
  const { thresholdPercent, step, limit } = autoGrow;
  return { thresholdPercent, stepBytes: parseQuantity(step) ?? 0n, limitBytes: parseQuantity(limit) ?? 0n };
}

function requestOf({ metadata, status }: RedisCluster, memory: Recollection): SwitchoverRequest {
  const to = metadata.annotations?.[Annotation.switchoverTo];
  const { lastSwitchover, switchoverAnswered, term } = status ?? {};
  return {
    to,
    answered: to !== undefined && switchoverAnswered === to,
    askedFor: memory.askedFor(to),
    refusedAgo: memory.refusedAgo(),
    planned: term !== undefined && lastSwitchover?.term === term,
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
        claim:
          claim === undefined
            ? undefined
            : claimFacts(claim, cluster.metadata, seen.memory.growthRefusal(claim.metadata.name)),
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

const cachedPods = ({ metadata: { name, namespace } }: RedisCluster, { caches }: Ports): readonly Pod[] =>
  caches.pods.indexed(clusterKey(namespace, name));

/** Made anew when a pod or its node has changed. */
function knownPods(cluster: RedisCluster, ports: Ports): ReadonlyMap<number, PodFacts> {
  const pods = cachedPods(cluster, ports);
  const nodes = pods.map((pod) => cachedNode(pod, ports.caches));
  const { podFacts: known } = ports.memory.of(cluster.metadata);
  return known.of([...pods, ...nodes], () => podsOf(cluster, pods, ports));
}

function podsOf(
  { metadata }: RedisCluster,
  pods: readonly Pod[],
  { caches }: Pick<Ports, 'caches'>,
): ReadonlyMap<number, PodFacts> {
  return byOrdinal(pods, podName(metadata.name, 0).slice(0, -1), (pod: Pod) =>
    podFacts(pod, metadata, nodeOf(pod, caches)),
  );
}

/** The same view of these pods, as they were read live; pods that were not seen before are none that was decided on. */
export function withPods(
  view: ClusterView,
  cluster: RedisCluster,
  pods: readonly Pod[],
  ports: Pick<Ports, 'caches'>,
): ClusterView {
  const facts = podsOf(cluster, pods, ports);
  const instances = [...view.instances.values()].map((instance) => ({
    ...instance,
    pod: facts.get(instance.ordinal),
  }));
  return { ...view, instances: new Map(instances.map((instance) => [instance.name, instance])) };
}

function plannedView(cluster: RedisCluster, ports: Ports): PlannedView {
  const { metadata, spec } = cluster;
  const approved = metadata.annotations?.[Annotation.approvePrimaryUpdate] === 'true';
  const dataEndsWithPod = spec.storage.type === 'emptyDir' && spec.persistence !== 'none';
  const memory = ports.memory.of(metadata);
  const parts = memory.podParts.of(specInputs(cluster), () => podParts(cluster));
  return {
    parts,
    generation: metadata.generation ?? 0,
    primaryUpdate: approved ? 'approved' : spec.primaryUpdateStrategy,
    dataEndsWithPod,
    hibernating: metadata.annotations?.[Annotation.hibernation] === 'on' && !dataEndsWithPod,
    maintenance: spec.nodeMaintenanceWindow?.inProgress === true,
    mayRoll: ports.memory.rollouts.mayTake(metadata),
    managers: {
      wanted:
        metadata.annotations?.[Annotation.upgradeManagers] === upgradeInPlace
          ? ports.managerVersion
          : undefined,
      attempts: memory.upgrades.known,
    },
    resizes: {
      wanted: asFilledIn(spec.resources),
      allowed: ports.resizesInPlace,
      refused: memory.resizes.refusalOf(parts.resources),
      waits: memory.resizes.waits,
    },
  };
}

const nodeOf = (pod: Pod, caches: Ports['caches']): NodeFacts =>
  nodeFacts(pod.spec?.nodeName, cachedNode(pod, caches));

function cachedNode({ spec }: Pod, { nodes }: Ports['caches']): Node | undefined {
  const name = spec?.nodeName;
  return name === undefined ? undefined : nodes.get({ namespace: undefined, name });
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
