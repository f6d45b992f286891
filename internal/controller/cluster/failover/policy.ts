import type { RedisClusterSpec } from '../../../../api/v1/redis-cluster.ts';
import { leasePolicy } from '../../../control/lease.ts';
import { type Duration, milliseconds, seconds } from '../../../time/units.ts';
import type { FailoverPolicy } from '../view.ts';

/** As the schema fills it in. */
const defaultSilenceSeconds = 3;

/**
 * How long a survivor that was in sync and has just fallen silent is waited for after first-hand evidence: its offset
 * may be the highest. An instance answers in milliseconds; half a second is the most that a dead primary may cost more.
 */
export const survivorPatience: Duration = milliseconds(500);

export const silenceSeconds = (spec: RedisClusterSpec): number =>
  spec.failover?.silenceSeconds ?? defaultSilenceSeconds;

export function failoverPolicy(spec: RedisClusterSpec): FailoverPolicy {
  const { suspicion, settling } = leasePolicy(silenceSeconds(spec));
  return {
    suspicion,
    settling,
    delay: seconds(spec.failover?.delaySeconds ?? 0),
    minSyncReplicas: spec.minSyncReplicas,
    maxLagBytes: spec.failover?.maxLagBytes,
    volumeKeepsWrites: spec.persistence === 'aof',
  };
}
