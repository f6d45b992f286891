import { parseQuantity } from '../../../api/v1/quantity.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { describeError } from '../../errors.ts';
import { hasCode } from '../../kube/errors.ts';
import { persistentVolumeClaims } from '../../kube/resources.ts';
import type { Ports } from './ports.ts';
import type { GrowClaim } from './storage/decide.ts';

/** Lets claims ask for more. What the API server refuses is remembered for a while: it is not asked again at every tick. */
export async function growClaims(
  steps: readonly GrowClaim[],
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(steps.map((step) => grow(step, cluster, ports, signal)));
}

async function grow(
  step: GrowClaim,
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace } = cluster.metadata;
  const change = {
    metadata: { uid: step.uid },
    spec: { resources: { requests: { storage: quantityOf(step.bytes, cluster) } } },
  };
  try {
    await ports.kube.patch(persistentVolumeClaims, { namespace, name: step.claim }, change, signal);
    ports.log.info(step.kind, { cluster: name, namespace, subject: step.claim, because: step.because });
  } catch (failure) {
    // It is gone, or another one, or has changed: the next tick decides anew.
    if (hasCode(failure, 'conflict', 'notFound')) return;
    if (!hasCode(failure, 'forbidden', 'invalid')) throw failure;
    const because = describeError(failure);
    ports.memory.of(cluster.metadata).growthRefused(step.claim, { bytes: step.bytes, because });
    ports.log.warn('a claim may not grow', { cluster: name, namespace, subject: step.claim, because });
  }
}

/** As the user wrote it where it is that. */
const quantityOf = (bytes: bigint, { spec }: RedisCluster): string =>
  parseQuantity(spec.storage.size) === bytes ? spec.storage.size : String(bytes);
