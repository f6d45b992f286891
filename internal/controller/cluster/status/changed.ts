import type { RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { sameJson } from '../resources/same-json.ts';

/**
 * Whether a status is worth a write. Offsets, lags and times of sighting grow by themselves: on their own they are
 * not, or an idle cluster would write for ever (invariant I10).
 */
export const worthWriting = (before: RedisClusterStatus | undefined, now: RedisClusterStatus): boolean =>
  !sameJson(settled(before ?? {}), settled(now));

const settled = (status: RedisClusterStatus): unknown => ({
  ...status,
  instancesStatus: steadyInstances(status),
});

/** By name: the API server gives them back in an order of its own. */
function steadyInstances({ instancesStatus = {} }: RedisClusterStatus): unknown {
  const steady = Object.entries(instancesStatus).map(([pod, entry]) => {
    const { replicationOffset: _offset, replicaLagBytes: _lag, lastSeenAt: _seen, ...rest } = entry;
    return [pod, rest] as const;
  });
  return Object.fromEntries(steady);
}
