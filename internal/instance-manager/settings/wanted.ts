import type { OwnSpec } from '../own-spec.ts';
import type { RedisSettings } from '../redis/config.ts';

/** Where an instance finds and puts things. */
export interface Surroundings {
  readonly announceIp: string;
  /** The one address to listen on; undefined for all there are. */
  readonly listenAddress: string | undefined;
  readonly port: number;
  readonly dataFolder: string;
  readonly socketPath: string;
  /** What the container may use at the moment, in bytes; undefined where that is not known. */
  readonly containerLimit: bigint | undefined;
}

/** A quarter of the limit is for buffers, fragmentation and the copy that a save makes while writes go on. */
const defaultPercent = 75;
/** Long enough for replicas to take what a primary still holds for them, far below the pod's grace period. */
const shutdownSeconds = 10;

/** What redis.conf is made from, for this spec in these surroundings. */
export const settingsOf = (
  spec: OwnSpec,
  { containerLimit, ...surroundings }: Surroundings,
): RedisSettings => ({
  ...surroundings,
  persistence: spec.persistence,
  directives: spec.directives,
  maxMemory: maxMemoryOf(spec, containerLimit),
  maxMemoryPolicy: spec.maxMemoryPolicy,
  shutdownSeconds,
});

/** The kernel keeps limits in whole pages, rounded down; no page is larger than this. */
const page = 65_536n;

/** The container has less memory yet than the spec gives it: limits are raised before maxmemory is. */
export const isMemoryHeld = (spec: OwnSpec, containerLimit: bigint | undefined): boolean =>
  isSmaller(spec, containerLimit) && maxMemoryOf(spec, containerLimit) !== maxMemoryOf(spec, undefined);

const isSmaller = ({ memoryLimit }: OwnSpec, containerLimit: bigint | undefined): containerLimit is bigint =>
  memoryLimit !== undefined && containerLimit !== undefined && containerLimit + page < memoryLimit;

function maxMemoryOf(spec: OwnSpec, containerLimit: bigint | undefined): bigint | undefined {
  const { maxMemory, maxMemoryPercent, memoryLimit } = spec;
  const isSmall = isSmaller(spec, containerLimit);
  const limit = isSmall ? containerLimit : memoryLimit;
  const share = limit === undefined ? undefined : (limit * BigInt(maxMemoryPercent ?? defaultPercent)) / 100n;
  if (maxMemory === undefined) return share;
  return isSmall && share !== undefined && share < maxMemory ? share : maxMemory;
}
