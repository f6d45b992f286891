import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { describeError } from '../../errors.ts';
import { isRefused } from '../../kube/errors.ts';
import { applyObjects, removeObjects } from './apply/apply-objects.ts';
import type { Ports } from './ports.ts';
import { desiredObjects, unwantedObjects } from './resources/desired-objects.ts';
import type { Obstacle } from './status/build.ts';
import { specInputs } from './wanted.ts';

/**
 * Brings all objects but pods and claims to what is wanted, Secrets first: no pod starts without them. What somebody
 * else owns and what the API server refuses is reported, and does not keep the rest from being done.
 */
export async function applyAll(
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Obstacle[]> {
  const { asWanted, desired: kept } = ports.memory.of(cluster.metadata);
  const lookup = {
    kube: ports.kube,
    asWanted,
    cached: (
      resource: Parameters<Ports['caches']['of']>[0],
      key: Parameters<Ports['caches']['clusters']['get']>[0],
    ) => ports.caches.of(resource).get(key),
  };
  const secrets = await unlessRefused(ports.secrets.ensure(cluster, signal));
  const primary = cluster.status?.targetPrimary;
  const desired = kept.of([...specInputs(cluster), primary], () => desiredObjects(cluster, primary));
  const { foreign, refused } = await applyObjects(cluster, desired, lookup, signal);
  const removed = await unlessRefused(removeObjects(cluster, unwantedObjects(cluster), lookup, signal));
  return [
    ...secrets,
    ...foreign.map(({ object, controller }) => ({
      reason: 'OwnedByAnother',
      message: `${object} exists and belongs to ${controller}`,
    })),
    ...refused.map(({ object, because }) => ({ reason: 'Refused', message: `${object}: ${because}` })),
    ...removed,
  ];
}

async function unlessRefused(attempt: Promise<unknown>): Promise<readonly Obstacle[]> {
  try {
    await attempt;
    return [];
  } catch (failure) {
    if (!isRefused(failure)) throw failure;
    return [{ reason: 'Refused', message: describeError(failure) }];
  }
}
