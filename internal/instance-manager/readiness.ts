import { between, type Duration, type Moment, seconds } from '../time/units.ts';
import { isAt, isWritable } from './decide.ts';
import type { Facts } from './facts.ts';
import { recordOf } from './record.ts';

/** Undefined when all is well, otherwise why not, in one line. */
export type Complaint = string | undefined;

/**
 * How long redis-server may leave questions unanswered before it no longer counts as ready. Must exceed the longest
 * time between two observations (`steadyPoll`), so that an idle instance is not called silent.
 */
export const silenceTolerated: Duration = seconds(15);

/**
 * Whether the manager and its redis-server live. A restart cures neither a network, an API server nor a long load, so
 * none of them is looked at: killing Redis costs a reload of the whole data set.
 */
export function healthComplaint(facts: Facts): Complaint {
  return facts.process.state === 'exited' ? 'redis-server is not running' : undefined;
}

/** Whether this instance does what the tenure says: primary and writable, or a replica in sync with that primary. */
export function readyComplaint(pod: string, facts: Facts, now: Moment): Complaint {
  return complaintAboutProcess(facts, now) ?? complaintAboutRole(pod, facts);
}

function complaintAboutProcess(facts: Facts, now: Moment): Complaint {
  const { state, answeredAt } = facts.process;
  if (facts.stopping) return 'it is being stopped';
  if (facts.fencedByUser) return 'it is fenced by the user (redis.io/fencedInstances)';
  if (state !== 'running') return `redis-server is ${state}`;
  if (answeredAt === undefined || between(answeredAt, now) > silenceTolerated) {
    return 'redis-server does not answer';
  }
  return undefined;
}

function complaintAboutRole(pod: string, facts: Facts): Complaint {
  const { redis, cluster } = facts;
  const tenure = cluster?.tenure;
  if (redis === undefined) return 'redis-server has not told its role yet';
  if (!redis.listens) return 'it lets no clients in, until they are led to its successor';
  if (tenure === undefined) return facts.because;
  if (recordOf(facts.stored).term !== tenure.term) return facts.because;
  if (tenure.primary === pod) return isWritable(redis) ? undefined : facts.because;
  return complaintAboutReplica(facts);
}

function complaintAboutReplica({ redis, link, cluster, because }: Facts): Complaint {
  const primary = cluster?.addresses.get(cluster.tenure?.primary ?? '');
  const follows = redis?.follows;
  if (follows === undefined || follows.host !== primary) return because;
  if (link.kind !== 'up' || !redis?.linkUp) return `its link to ${primary} is down`;
  return link.inSync && isAt(link.address, follows) ? undefined : `it is not in sync with ${primary} yet`;
}
