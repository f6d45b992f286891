import type { RedisCluster, RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import { redisClusters } from '../../kube/resources.ts';
import { toRfc3339 } from '../../time/units.ts';
import type { Appoint, FailoverStep } from './failover/step.ts';
import { happeningsBetween, happeningsOf } from './happenings.ts';
import type { Ports } from './ports.ts';
import { instancesStatus } from './status/instances.ts';
import type { ClusterView } from './view.ts';

/** A merge patch: null takes a field away. */
type StatusPatch = { readonly [Field in keyof RedisClusterStatus]?: RedisClusterStatus[Field] | null };

/**
 * Writes what the step changes in the tenure, and nothing else, on the version that it was decided on: whoever decided on
 * an older one is refused with a conflict. Resolves to the cluster as it is then. This comes before any effect (I2).
 */
export async function record(
  step: FailoverStep,
  { cluster, view }: { readonly cluster: RedisCluster; readonly view: ClusterView },
  ports: Ports,
  signal: AbortSignal,
): Promise<RedisCluster> {
  const status = patchFor(step, cluster, view);
  if (status === undefined) return cluster;
  const { name, namespace, resourceVersion } = cluster.metadata;
  const change = { metadata: { resourceVersion }, status };
  const written = await ports.kube.patchStatus(redisClusters, { namespace, name }, change, signal);
  const version = written.metadata.resourceVersion;
  ports.memory.of(cluster.metadata).wrote(version);
  const recorded = { ...cluster, status: patched(cluster.status ?? {}, status) };
  narrate(step, cluster, ports);
  for (const happening of [
    ...happeningsOf(step, cluster.status),
    ...happeningsBetween(cluster.status, recorded.status),
  ]) {
    ports.events.record(cluster, happening);
  }
  return version === undefined
    ? recorded
    : { ...recorded, metadata: { ...cluster.metadata, resourceVersion: version } };
}

function patchFor(step: FailoverStep, cluster: RedisCluster, view: ClusterView): StatusPatch | undefined {
  switch (step.kind) {
    case 'hold':
    case 'prepare':
      return undefined;
    case 'fence':
      return { primaryFencedSince: toRfc3339(view.now) };
    case 'reinstate':
      return { primaryFencedSince: null };
    case 'confirm':
      return { currentPrimary: step.pod, primarySince: toRfc3339(view.now) };
    case 'appoint':
      return {
        term: step.term,
        targetPrimary: step.pod,
        targetPrimaryUID: step.podUID,
        primaryFencedSince: null,
        ...lastFailover(step, view),
        ...addressOf(step.pod, cluster, view),
      };
  }
}

function lastFailover({ pod, failover }: Appoint, view: ClusterView): StatusPatch {
  if (failover === undefined) return {};
  const { from, because, lostBytes } = failover;
  const lost = lostBytes === undefined ? {} : { lostBytesUpperBound: lostBytes };
  return {
    lastFailover: {
      at: toRfc3339(view.now),
      from,
      to: pod,
      because: because.slice(0, 1024).toWellFormed(),
      ...lost,
    },
  };
}

/** The others find the primary by the address in status: it is written along where it is not there yet. */
function addressOf(pod: string, cluster: RedisCluster, view: ClusterView): StatusPatch {
  const before = cluster.status?.instancesStatus ?? {};
  const entry = instancesStatus(view, before)[pod];
  const known = before[pod]?.ip === entry?.ip && before[pod]?.podUID === entry?.podUID;
  return entry === undefined || known ? {} : { instancesStatus: { [pod]: entry } };
}

function patched(before: RedisClusterStatus, change: StatusPatch): RedisClusterStatus {
  const { instancesStatus: entries, ...fields } = change;
  const all = entries ? { instancesStatus: { ...before.instancesStatus, ...entries } } : {};
  const merged = Object.entries({ ...before, ...fields, ...all });
  return Object.fromEntries(merged.filter(([, value]) => value !== null)) as RedisClusterStatus;
}

function narrate(step: FailoverStep, { metadata }: RedisCluster, { log }: Ports): void {
  const pod = 'pod' in step ? step.pod : undefined;
  const term = 'term' in step ? step.term : undefined;
  const { name, namespace } = metadata;
  log.info(step.kind, { cluster: name, namespace, pod, term, because: step.because });
}
