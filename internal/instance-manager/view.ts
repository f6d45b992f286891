import { leasePolicy } from '../control/lease.ts';
import { proxiesFollow } from '../control/switchover.ts';
import { between, type Duration, type Moment, milliseconds, seconds } from '../time/units.ts';
import { type Address, isWritable, type RedisRole, type RoleView } from './decide.ts';
import type { ClusterFacts, Confirmation, Facts, RedisFacts, Release } from './facts.ts';
import { leaseEnd } from './lease.ts';
import type { Link } from './link.ts';
import { noteFor } from './nomination.ts';
import { recordOf } from './record.ts';
import { isOlder } from './resource-version.ts';
import { asksAgainAt } from './sync-refusal.ts';

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
    run: facts.process.run,
    bootTerm: facts.process.bootTerm,
    proved: (leaseLeft(facts, now) ?? 0) > 0,
    promiseAsked: facts.promiseAsked,
    released: releaseInForce(facts)?.candidate,
    handedOver: hasHandedOver(place.pod, facts),
    listens: redis.listens,
    mayListen: mayListen(place.pod, facts, now),
    linkLacksHistory: redis.linkUp && redis.replicationId === '',
    syncWaits: syncWaits(facts, now),
    inSync: facts.link.kind === 'up' && facts.link.inSync,
    aside: facts.aside.kind === 'settled' ? 'none' : facts.aside.kind,
    alone: isAlone(place.pod, cluster),
    record: stored.kind === 'unreadable' ? undefined : recordOf(stored),
    note: noteFor(facts, now),
    minSyncReplicas: cluster?.minSyncReplicas ?? 0,
    redis: roleAtWorst(facts, redis),
  };
}

/** What it has not answered yet it may have carried out, or be about to. */
const roleAtWorst = ({ opening, cluster }: Facts, redis: RedisFacts): RedisRole =>
  opening ? { follows: undefined, writeGate: cluster?.minSyncReplicas ?? 0 } : redis;

/** It takes writes, or may be about to. */
export const mayTakeWrites = ({ redis, opening }: Facts): boolean =>
  redis !== undefined && (opening || isWritable(redis));

/** Why the data of the primary is not to be asked for just now. */
const syncWaits = ({ syncRefusal }: Facts, now: Moment): string | undefined =>
  syncRefusal === undefined || now >= asksAgainAt(syncRefusal) ? undefined : syncRefusal.words;

/** Nobody else could be appointed: the cluster is one instance, and the status speaks of no other. */
export const isAlone = (self: string, cluster: ClusterFacts | undefined): boolean =>
  cluster !== undefined && cluster.instances === 1 && cluster.pods.every((pod) => pod === self);

/**
 * The release that binds still: as long as its term is the newest one known. What names this instance in a later one ends it, and
 * nothing else does: its successor may take writes before that is recorded.
 */
export const releaseInForce = ({ release, cluster }: Facts): Release | undefined =>
  release !== undefined && cluster?.tenure?.term === release.term ? release : undefined;

/** It has taken no write since a candidate had all that it has: a release ends when it is promoted again, see act.ts. */
const hasHandedOver = (pod: string, { release, cluster, stored }: Facts): boolean =>
  release !== undefined &&
  release.followedAt === undefined &&
  stored.kind !== 'unreadable' &&
  recordOf(stored).term === release.term &&
  cluster?.tenure?.primary !== pod;

/** Whoever reconnects while the Service still leads here is not to be answered that nothing is written here. */
function mayListen(pod: string, facts: Facts, now: Moment): boolean {
  const { release, cluster } = facts;
  if (release === undefined) return true;
  if (releaseInForce(facts) !== undefined) return false;
  const { followedAt } = release;
  const succeededLately = followedAt === undefined || between(followedAt, now) < proxiesFollow;
  return cluster?.tenure?.primary === pod || !succeededLately;
}

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
  if (process.state === 'loading' || redis?.listens === false) return unsettledPoll;
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
