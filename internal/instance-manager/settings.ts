import { parseQuantity } from '../../api/v1/quantity.ts';
import type { RedisCluster } from '../../api/v1/redis-cluster.ts';
import type { RedisSettings } from './redis/config.ts';

/** Where an instance finds and puts things. */
export interface Surroundings {
  readonly password: string;
  readonly announceIp: string;
  /** The one address to listen on; undefined for all there are. */
  readonly listenAddress: string | undefined;
  readonly port: number;
  readonly dataFolder: string;
  readonly socketPath: string;
}

/** A quarter of the limit is for buffers, fragmentation and the copy that a save makes while writes go on. */
const defaultPercent = 75n;
/** Long enough for replicas to take what a primary still holds for them, far below the pod's grace period. */
const shutdownSeconds = 10;

/** What redis.conf is made from, for this spec in these surroundings. */
export function settingsOf({ spec }: RedisCluster, surroundings: Surroundings): RedisSettings {
  return {
    ...surroundings,
    persistence: spec.persistence,
    directives: spec.redis ?? {},
    maxMemory: maxMemoryOf(spec),
    maxMemoryPolicy: spec.memory?.maxMemoryPolicy,
    shutdownSeconds,
  };
}

function maxMemoryOf({ memory, resources }: RedisCluster['spec']): bigint | undefined {
  if (memory?.maxMemory !== undefined) return parseQuantity(String(memory.maxMemory));
  const limit = resources?.limits?.['memory'];
  const bytes = limit === undefined ? undefined : parseQuantity(String(limit));
  if (bytes === undefined) return undefined;
  const percent = memory?.maxMemoryPercent === undefined ? defaultPercent : BigInt(memory.maxMemoryPercent);
  return (bytes * percent) / 100n;
}
