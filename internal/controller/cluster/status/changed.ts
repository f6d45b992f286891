import type { RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { canonicalJson } from '../resources/fingerprint.ts';

/**
 * Whether a status is worth a write. Offsets, lags and times of sighting grow by themselves: on their own they are
 * not, or an idle cluster would write for ever (invariant I10).
 */
export const worthWriting = (before: RedisClusterStatus | undefined, now: RedisClusterStatus): boolean =>
  settled(before ?? {}) !== settled(now);

/** As it would be read back: JSON drops what is undefined, and says nothing of the order of keys. */
const settled = (status: RedisClusterStatus): string =>
  canonicalJson({ ...status, instancesStatus: undefined, steady: steadyInstances(status) });

/** By name: the API server gives them back in an order of its own. */
function steadyInstances({ instancesStatus = {} }: RedisClusterStatus): unknown {
  const steady = Object.entries(instancesStatus).map(([pod, entry]) => {
    const { replicationOffset: _offset, replicaLagBytes: _lag, lastSeenAt: _seen, ...rest } = entry;
    return [pod, rest] as const;
  });
  return Object.fromEntries(steady);
}
