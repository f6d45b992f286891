import type { SimRedis } from './server.ts';

/** Within this time of having caught up a replica is proved in sync, and its operator knows; milliseconds. */
const provedWithin = 1_000;

/** It streams from that redis-server, and has been proved in sync with it for sure. */
export const isProved = (replica: SimRedis, upstream: SimRedis): boolean =>
  replica.streamsFrom(upstream) &&
  replica.now - (replica.upstream?.caughtUpAt ?? replica.now) >= provedWithin;
