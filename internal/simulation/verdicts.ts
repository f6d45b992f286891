import { leasePolicy } from '../control/lease.ts';
import type { InstanceReport } from '../control/protocol.ts';
import { closedGate } from '../instance-manager/decide.ts';
import { redisClusters } from '../kube/resources.ts';
import { writeBytes } from './redis/piece.ts';
import type { SimRedis } from './redis/server.ts';
import { type Status, statusIn, type Tenure } from './status.ts';
import type { Testimony } from './testimony.ts';
import { clusterKey, type World } from './world.ts';

/** A rule that did not hold, and how. */
export interface Breach {
  readonly rule: string;
  readonly how: string;
}

/** The lengths of time of a cluster that says nothing of its own. */
const { suspicion } = leasePolicy(3);
/** Clocks differ in rate: what one of them calls shorter may be as long for another. */
const surely = 0.98;
/** A candidate that was heard so long ago may be known to an operator that has only just woken. Milliseconds. */
const known = 30_000;

/** What an operator is about to write, held against all that it was told. Undefined when it may. */
export function judgeOrder(
  change: Status,
  before: {
    readonly tenure: Tenure;
    readonly address: string | undefined;
    readonly now: number;
    /** Whether that pod is there yet: of one that was deleted by force nobody hears any more. */
    isThere(podUID: string): boolean;
    /** The redis-server that took writes in the tenure is no more: it is fenced for the sake of whom it was to hand over to. */
    readonly isDead: boolean;
  },
  testimony: Testimony,
): Breach | undefined {
  const { tenure, address, now } = before;
  if (typeof change.primaryFencedSince !== 'string' || tenure.fenced) return undefined;
  const witness = testimony.answers.find(
    ({ report, at }) =>
      !before.isDead &&
      before.isThere(report.podUID) &&
      heardBy(report, tenure.primary, address) + (now - at) < surely * suspicion,
  );
  if (witness !== undefined) {
    const how = `${tenure.primary} is fenced, and ${witness.report.pod} has just said that it hears it`;
    return { rule: 'I8', how };
  }
  // A pod or a process that was made anew under its name may follow with its volume, and it may itself once it has handed over.
  const candidate = testimony
    .saidWithin(known)
    .find(
      ({ pod, podUID, process, syncedTerm, released }) =>
        (podUID !== tenure.uid || process.run !== tenure.run || released !== undefined) &&
        process.state === 'running' &&
        (syncedTerm === tenure.term || pod === tenure.primary),
    );
  return candidate === undefined
    ? { rule: 'I6', how: `${tenure.primary} is fenced, and nobody has said that it could follow` }
    : undefined;
}

/** How many milliseconds before this report the primary was heard. */
function heardBy({ pod, upstream }: InstanceReport, primary: string, address: string | undefined): number {
  const hears = pod !== primary && upstream?.pod === primary && upstream.address === address;
  return (hears ? upstream.heardMsAgo : undefined) ?? Number.POSITIVE_INFINITY;
}

/** Somebody is appointed in place of another. `holder` is the redis-server that took writes in the term before. */
export function judgeAppointment(
  then: Tenure,
  next: Tenure,
  holder: SimRedis | undefined,
  {
    redises,
    acknowledged,
  }: { readonly redises: readonly SimRedis[]; readonly acknowledged: ReadonlySet<number> },
): Breach | undefined {
  if (holder === undefined || then.primary === next.primary) return undefined;
  const writes = holder.alive && holder.follows === undefined && holder.writeGate < closedGate;
  if (writes && !then.fenced) {
    const how = `${next.primary} is appointed as if ${then.primary} had ended, which takes writes`;
    return { rule: 'I8', how };
  }
  // A process that was named and is no more never serves: whoever was started in its place is appointed anew.
  const chosen = redises.find(
    ({ parts, run }) => parts.pod === next.primary && (next.run === undefined || next.run === run),
  );
  if (chosen === undefined || chosen.caughtUpWith.has(holder)) return undefined;
  const has = new Set(chosen.data);
  const better = redises.find(
    (one) =>
      one !== chosen &&
      one !== holder &&
      one.caughtUpWith.has(holder) &&
      one.data.some((id) => acknowledged.has(id) && !has.has(id)),
  );
  return better === undefined
    ? undefined
    : {
        rule: 'in sync',
        how: `${next.primary} is appointed, was never in sync, and lacks what ${better.parts.pod} has`,
      };
}

/** Somebody has taken the place of `former`: what was acknowledged to a client and is lost with it, held against the record. */
export function judgeBound(
  successor: SimRedis,
  former: SimRedis | undefined,
  { server, ledgers: { acknowledged } }: World,
): Breach | undefined {
  const { lastFailover } = statusIn(server.get(redisClusters, clusterKey));
  const { from, to, lostBytesUpperBound: bound } = lastFailover ?? {};
  if (former === undefined || bound === undefined) return undefined;
  // It speaks of one that was replaced by another, not of one that was appointed again later.
  if (former.parts.pod !== from || successor.parts.pod !== to) return undefined;
  const held = new Set(successor.data);
  const lost = former.data.filter((id) => acknowledged.has(id) && !held.has(id)).length;
  const how = `${lost} writes of ${writeBytes} bytes are lost with ${former.parts.pod}, and the record says ${bound} bytes at most`;
  return lost * writeBytes <= bound ? undefined : { rule: 'the bound of loss', how };
}
