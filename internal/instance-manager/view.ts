import { leasePolicy } from '../control/lease.ts';
import { between, type Duration, type Moment, milliseconds, seconds } from '../time/units.ts';
import { type Address, isWritable, type RoleView } from './decide.ts';
import type { ClusterFacts, Confirmation, Facts, RedisFacts } from './facts.ts';
import { leaseEnd } from './lease.ts';
import type { Link } from './link.ts';
import { recordOf } from './record.ts';
import { isOlder } from './resource-version.ts';

/** Where this instance stands among the others. Every instance of a cluster listens on the same port. */
export interface Place {
  readonly pod: string;
  readonly address: Address;
}

/**
 * How long a live read may be acted on. It must exceed the writing of the record to a slow disk (an fsync takes 1 to
 * 100 ms), and must be far shorter than the time a successor is made to wait for the end of an older tenure.
 */
export const confirmationHolds: Duration = seconds(1);

/** The facts as the decision about our role sees them. */
export function viewOf(place: Place, facts: Facts, redis: RedisFacts, now: Moment): RoleView {
  const { cluster, confirmed, stored } = facts;
  return {
    pod: place.pod,
    tenure: cluster?.tenure,
    confirmed: holdsStill(confirmed, cluster, now) ? confirmed.tenure : undefined,
    primaryAddress: primaryAddressIn(cluster, place.address.port),
    ownAddress: place.address,
    bootTerm: facts.process.bootTerm,
    proved: (leaseLeft(facts, now) ?? 0) > 0,
    promiseAsked: facts.promiseAsked,
    linkLacksHistory: redis.linkUp && redis.replicationId === '',
    alone: isAlone(place.pod, cluster),
    record: stored.kind === 'unreadable' ? undefined : recordOf(stored),
    minSyncReplicas: cluster?.minSyncReplicas ?? 0,
    redis,
  };
}

/** Nobody else could be appointed: the cluster is one instance, and the status speaks of no other. */
export const isAlone = (self: string, cluster: ClusterFacts | undefined): boolean =>
  cluster !== undefined && cluster.instances === 1 && cluster.pods.every((pod) => pod === self);

/** How long the latest proof lets the primary write; negative when it has run out, undefined when there is none. */
export function leaseLeft({ proof, cluster }: Facts, now: Moment): Duration | undefined {
  if (proof === undefined || cluster === undefined) return undefined;
  return between(now, leaseEnd(proof, leaseOf(cluster)));
}

export const leaseOf = ({ silenceSeconds }: Pick<ClusterFacts, 'silenceSeconds'>): Duration =>
  leasePolicy(silenceSeconds).lease;

/** A confirmation is void once something newer has been heard, or when it is too old. */
function holdsStill(
  confirmed: Confirmation | undefined,
  cluster: ClusterFacts | undefined,
  now: Moment,
): confirmed is Confirmation {
  if (confirmed === undefined || cluster === undefined) return false;
  const newest = !isOlder(confirmed.resourceVersion, cluster.resourceVersion);
  return newest && between(confirmed.at, now) <= confirmationHolds;
}

function primaryAddressIn(cluster: ClusterFacts | undefined, port: number): Address | undefined {
  const host = cluster?.addresses.get(cluster.tenure?.primary ?? '');
  return host === undefined ? undefined : { host, port };
}

/** An idle instance whose role is settled. Log lines, the watch and the operator's own questions tell of changes sooner. */
export const steadyPoll: Duration = seconds(2);
/** A primary that hangs must be found out within its patience, of which this is a part. */
export const primaryPoll: Duration = seconds(1);
const unsettledPoll = milliseconds(200);
const startingPoll = milliseconds(25);

/** How long until redis-server is looked at again, if nothing happens before. */
export function pollWait({ process, link, redis }: Facts): Duration {
  if (process.state === 'starting') return startingPoll;
  if (process.state === 'loading') return unsettledPoll;
  const catchingUp = redis?.follows !== undefined && !(link.kind === 'up' && link.inSync);
  if (catchingUp) return unsettledPoll;
  return redis !== undefined && isWritable(redis) ? primaryPoll : steadyPoll;
}

const comparisonWhileBehind = seconds(1);
/** Only the figure of the lag depends on it: a proof once made holds until the link is lost. */
export const comparisonWhileInSync: Duration = seconds(10);

/** Whether the upstream is to be asked for its offset now. */
export function comparisonDue(link: Link, now: Moment): boolean {
  if (link.kind !== 'up') return false;
  if (link.comparedAt === undefined) return true;
  return between(link.comparedAt, now) >= (link.inSync ? comparisonWhileInSync : comparisonWhileBehind);
}
