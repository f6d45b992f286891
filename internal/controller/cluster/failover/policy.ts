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

/**
 * An offset that redis-server told so long before its report may have grown since. Its manager asks it anew for each
 * question of ours and waits for a quarter of a second: what is older than this was not answered then.
 */
export const staleOffset: Duration = milliseconds(200);
/**
 * A survivor whose redis-server has not answered its manager for so long is not waited for. Must exceed by some patience
 * the two seconds after which an idle one is looked at anyway: so old its last answer may be when a question finds it hung.
 */
export const hungFor: Duration = milliseconds(2_500);

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
