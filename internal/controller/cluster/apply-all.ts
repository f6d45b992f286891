import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { describeError, OperatorError } from '../../errors.ts';
import { applyObjects, removeObjects } from './apply/apply-objects.ts';
import type { Ports } from './ports.ts';
import { desiredObjects, unwantedObjects } from './resources/desired-objects.ts';
import type { Obstacle } from './status/build.ts';

/**
 * Brings all objects but pods and claims to what is wanted, Secrets first: no pod starts without them. What somebody
 * else owns and what the API server refuses is reported, and does not keep the rest from being done.
 */
export async function applyAll(
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Obstacle[]> {
  const lookup = {
    kube: ports.kube,
    cached: (
      resource: Parameters<Ports['caches']['of']>[0],
      key: Parameters<Ports['caches']['clusters']['get']>[0],
    ) => ports.caches.of(resource).get(key),
  };
  try {
    await ports.secrets.ensure(cluster, signal);
    const primary = cluster.status?.targetPrimary;
    const applied = await applyObjects(cluster, desiredObjects(cluster, primary), lookup, signal);
    await removeObjects(cluster, unwantedObjects(cluster), lookup, signal);
    return applied.foreign.map(({ object, controller }) => ({
      reason: 'OwnedByAnother',
      message: `${object} exists and belongs to ${controller}`,
    }));
  } catch (failure) {
    const refused =
      failure instanceof OperatorError && ['forbidden', 'invalid'].includes(failure.details.code);
    if (!refused) throw failure;
    return [{ reason: 'Refused', message: describeError(failure) }];
  }
}
