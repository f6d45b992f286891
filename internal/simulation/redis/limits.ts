/** repl-timeout and min-replicas-max-lag as our redis.conf sets them. Milliseconds. */
export const linkTimeout = 10_000;
/** appendfsync everysec: a loss of power takes up to two seconds of writes. Milliseconds. */
export const appendfsync = 2_000;
/** How long a fork, and the way of a data set to a replica, take. Milliseconds. */
export const transfer = { least: 20, most: 800 };
/** How long a replica loads what it was sent. Milliseconds. */
export const load = { least: 5, most: 300 };
/** After a full sync a replica is up, and may receive nothing for so long (measured: up to a second). Milliseconds. */
export const silentStart = 1_000;
