import type { OwnSpec } from './own-spec.ts';
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
const defaultPercent = 75;
/** Long enough for replicas to take what a primary still holds for them, far below the pod's grace period. */
const shutdownSeconds = 10;

/** What redis.conf is made from, for this spec in these surroundings. */
export const settingsOf = (spec: OwnSpec, surroundings: Surroundings): RedisSettings => ({
  ...surroundings,
  persistence: spec.persistence,
  directives: spec.directives,
  maxMemory: maxMemoryOf(spec),
  maxMemoryPolicy: spec.maxMemoryPolicy,
  shutdownSeconds,
});

function maxMemoryOf({ maxMemory, maxMemoryPercent, memoryLimit }: OwnSpec): bigint | undefined {
  if (maxMemory !== undefined || memoryLimit === undefined) return maxMemory;
  return (memoryLimit * BigInt(maxMemoryPercent ?? defaultPercent)) / 100n;
}
