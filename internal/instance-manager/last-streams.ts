import type { Streams } from '../control/protocol.ts';
import { between, type Duration, type Moment, seconds } from '../time/units.ts';
import type { Facts } from './facts.ts';

/**
 * How old the last look may be. A primary is looked at every second; with an acknowledgement that was less than two seconds old
 * then it is less than Redis's threshold for a busy replica, 5 s, see redis/streams.ts.
 */
const lookHolds: Duration = seconds(2.5);

/**
 * The streams of a redis-server that has just ended: those that it had when it was looked at last, if it has said nothing
 * since. It says so when it disconnects a replica, whatever the reason. `saidAll`: its log was read to its end.
 */
export function lastStreams(
  { redis, lookedAt, lastWordAt }: Pick<Facts, 'redis' | 'lookedAt' | 'lastWordAt'>,
  saidAll: boolean,
  now: Moment,
): Streams | undefined {
  if (redis?.follows !== undefined || lookedAt === undefined || !saidAll) return undefined;
  const silentSince = lastWordAt === undefined || lastWordAt < lookedAt;
  return silentSince && between(lookedAt, now) <= lookHolds ? redis?.streams : undefined;
}
