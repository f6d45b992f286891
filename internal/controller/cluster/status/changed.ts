import { isDeepStrictEqual } from 'node:util';
import type { RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';

/**
 * Whether a status is worth a write. Offsets, lags and times of sighting grow by themselves: on their own they are
 * not, or an idle cluster would write for ever (invariant I10).
 */
export const worthWriting = (before: RedisClusterStatus | undefined, now: RedisClusterStatus): boolean =>
  !isDeepStrictEqual(settled(before ?? {}), settled(now));

/** As it would be read back: JSON drops what is undefined. */
function settled(status: RedisClusterStatus): unknown {
  return JSON.parse(
    JSON.stringify({ ...status, instancesStatus: undefined, steady: steadyInstances(status) }),
  );
}

function steadyInstances({ instancesStatus = {} }: RedisClusterStatus): unknown {
  return Object.entries(instancesStatus).map(([pod, entry]) => {
    const { replicationOffset: _offset, replicaLagBytes: _lag, lastSeenAt: _seen, ...steady } = entry;
    return [pod, steady];
  });
}
