import type { Facts } from '../facts.ts';
import { recordOf } from '../record.ts';

/**
 * Why the manager may not be replaced in place now, in words; undefined when it may. What is under way in a manager ends
 * with it: only one that has nothing to finish leaves all of it to another.
 */
export function whyNotReplaced(facts: Facts): string | undefined {
  return whyNotSettled(facts) ?? whyServerNotLeft(facts);
}

function whyNotSettled({
  stopping,
  leaving,
  fencedByUser,
  handingOver,
  release,
  promiseAsked,
  stored,
  ahead,
  opening,
}: Facts) {
  if (stopping || leaving) return 'it is being stopped';
  if (fencedByUser) return 'the user has fenced it';
  if (handingOver || (release !== undefined && release.followedAt === undefined)) return 'it is handing over';
  if ((promiseAsked ?? 0) > recordOf(stored).term) return `it is promising term ${promiseAsked}`;
  if (opening) return 'it is becoming primary';
  // The manager after this one would take what lies on the volume for what was obeyed.
  if (ahead !== undefined) return `it may be appointed in term ${ahead.term}`;
  return undefined;
}

function whyServerNotLeft({ process, redis, cluster, aside, aofAwaited }: Facts): string | undefined {
  if (process.state !== 'running' || redis === undefined) return `its redis-server is ${process.state}`;
  if (cluster === undefined || process.bootTerm === undefined) {
    return 'the term in which its redis-server was started is not known yet';
  }
  if (redis.syncInProgress) return 'it is synchronising';
  if (aofAwaited) return 'its append-only file is being written anew';
  return aside.kind === 'none' || aside.kind === 'settled' ? undefined : 'what it alone has is being saved';
}
