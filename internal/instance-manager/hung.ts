import { between, type Moment, seconds } from '../time/units.ts';
import { isWritable } from './decide.ts';
import type { Facts } from './facts.ts';
import { isAlone } from './view.ts';

/**
 * Why redis-server is to be killed, in words: a primary that has answered, and then has not for as long as a silent
 * primary is borne with, is worth less than one that is replaced. Its end is first-hand evidence. Undefined otherwise:
 * while it loads, where nobody could replace it, and for a replica, which may be emptying itself before a full
 * synchronisation.
 */
export function hungComplaint(self: string, facts: Facts, now: Moment): string | undefined {
  const { process, redis, cluster, stopping, fencedByUser } = facts;
  const { state, answeredAt } = process;
  if (state !== 'running' || redis === undefined || answeredAt === undefined) return undefined;
  if (stopping || fencedByUser || cluster === undefined || isAlone(self, cluster)) return undefined;
  const { silenceSeconds } = cluster;
  if (!isWritable(redis) || between(answeredAt, now) < seconds(silenceSeconds)) return undefined;
  return `as primary it has not answered for ${silenceSeconds} s`;
}
