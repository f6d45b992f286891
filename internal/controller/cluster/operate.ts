import { isDeepStrictEqual } from 'node:util';
import { Label } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { hasCode } from '../../kube/errors.ts';
import { type Pod, pods, redisClusters } from '../../kube/resources.ts';
import { withPods } from './observe.ts';
import { decidePlanned } from './planned/decide.ts';
import type { DeletePod, PlannedStep } from './planned/step.ts';
import type { Ports } from './ports.ts';
import type { ClusterView } from './view.ts';

interface Decided {
  readonly cluster: RedisCluster;
  readonly view: ClusterView;
}

/**
 * Carries out one planned step. What it destroys cannot be had back, so it looks again first: only if the cluster is the
 * one that was decided on, and its pods as they are now lead to the same step, that very pod is deleted.
 */
export async function operate(
  step: PlannedStep | undefined,
  decided: Decided,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  if (step?.kind !== 'deletePod') return;
  const live = await stillRight(step, decided, ports, signal);
  if (live === undefined) return;
  const { uid = '', resourceVersion = '' } = live.metadata;
  const { metadata } = decided.cluster;
  if (step.operation === 'update' && !ports.memory.rollouts.take(metadata)) return;
  try {
    const key = { namespace: metadata.namespace, name: step.pod };
    await ports.kube.delete(pods, key, { preconditions: { uid, resourceVersion } }, signal);
  } catch (failure) {
    // It has changed since: the next tick decides anew.
    if (!hasCode(failure, 'conflict', 'notFound')) throw failure;
    return;
  }
  narrate(step, decided.cluster, ports);
}

/** The pod as it is now, when everything that is seen live leads to the same step. */
async function stillRight(
  step: DeletePod,
  { cluster, view }: Decided,
  ports: Ports,
  signal: AbortSignal,
): Promise<Pod | undefined> {
  const { name, namespace, resourceVersion } = cluster.metadata;
  const stored = await ports.kube.get(redisClusters, { namespace, name }, signal);
  if (stored?.metadata.resourceVersion !== resourceVersion) return undefined;
  const labelSelector = `${Label.cluster}=${name}`;
  const { items } = await ports.kube.list(pods, { namespace, labelSelector }, signal);
  if (!isDeepStrictEqual(decidePlanned(withPods(view, cluster, items, ports)), step)) return undefined;
  return items.find(({ metadata }) => metadata.uid === step.uid);
}

function narrate(
  { operation, pod, because }: DeletePod,
  cluster: RedisCluster,
  { log, events }: Ports,
): void {
  const { name, namespace } = cluster.metadata;
  log.info(operation, { cluster: name, namespace, subject: pod, because });
  const message = `Deleted pod ${pod}: ${because}`;
  events.record(cluster, { type: 'Normal', reason: 'PodDeleted', message });
}
