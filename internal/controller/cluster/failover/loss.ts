import type { InstanceReport } from '../../../control/protocol.ts';
import { type ClusterView, type HeldTenure, reportOf } from '../view.ts';

/** How much of the old primary's stream its successor lacks. */
export interface Loss {
  /** No more than this is lost, in bytes of the replication stream; undefined when nothing bounds it for sure. */
  readonly atMost: number | undefined;
  /** How that is known, or why it is not. */
  readonly because: string;
}

/**
 * An estimate is no bound: there is one only where the old primary told where its stream ended, or that it ended nowhere
 * beyond its replicas, or where its manager knows that it had disconnected none of them: Redis disconnects whoever lags too far.
 */
export function lossOf(tenure: HeldTenure, chosen: InstanceReport, view: ClusterView): Loss {
  const { lastServed, term } = tenure;
  const last = lastOfHolder(tenure, view);
  const isOfStream = lastServed === undefined || lastServed.replicationId === chosen.replicationId;
  if (chosen.syncedTerm !== term || !isOfStream) return unknown('its successor is not of its history');
  const handedOver = last?.handedOverTo ?? 0;
  if (handedOver > 0 && handedOver >= view.instances.size - 1) {
    return { atMost: 0, because: 'it ended in order, and every replica had all that it had' };
  }
  const stated = statedAfterFence(tenure) ?? statedAtEnd(last);
  if (stated !== undefined)
    return { atMost: Math.max(0, stated.offset - chosen.offset), because: stated.how };
  const seen = whatWasSeen(last, tenure, chosen);
  const atMost = last === undefined ? undefined : onItsWay(last, chosen, view);
  return atMost === undefined
    ? unknown(`${seen}, and nobody can say what it took after that`)
    : {
        atMost,
        because: `it streamed to its successor until its end, and no more can have been on its way; ${seen}`,
      };
}

/**
 * How much of the stream can have been on its way to a replica that the primary had not disconnected, docs/failover.md: what
 * the primary kept back, what lay in the sockets of both, and a transaction or script of which the replica had received a part.
 * One that was larger than what may be kept back would have disconnected it.
 */
function onItsWay(
  { lastStreams, socketBytes: from }: InstanceReport,
  { pod, socketBytes: to }: InstanceReport,
  view: ClusterView,
): number | undefined {
  const address = view.instances.get(pod)?.pod?.ip;
  if (lastStreams === undefined || address === undefined || !lastStreams.to.includes(address))
    return undefined;
  if (from === undefined || to === undefined) return undefined;
  return 2 * lastStreams.keptBackAtMost + from.send + to.receive + 2 * largestSegment;
}

/** A socket takes one more when it has room for a byte. */
const largestSegment = 64 * 1024;

const unknown = (why: string): Loss => ({ atMost: undefined, because: `it is not known: ${why}` });

interface Stated {
  readonly offset: number;
  readonly how: string;
}

/** The last word of the process that was appointed, or of its manager about its end. */
function lastOfHolder(tenure: HeldTenure, view: ClusterView): InstanceReport | undefined {
  const instance = view.instances.get(tenure.target);
  const last = reportOf(instance) ?? instance?.lastReport;
  const isHolder = last !== undefined && (tenure.targetUID === undefined || last.podUID === tenure.targetUID);
  const hasEnded = last?.process.state === 'exited' || last?.process.state === 'stopped';
  return isHolder && hasEnded && last.term === tenure.term ? last : undefined;
}

/** Its offset stood still only if it was fenced, and said since then that its gate is closed. */
function statedAfterFence({ fencedFor, silentFor, lastServed }: HeldTenure): Stated | undefined {
  const heardSince = fencedFor !== undefined && silentFor <= fencedFor;
  return heardSince && lastServed?.role === 'fenced'
    ? { offset: lastServed.offset, how: 'it said where it stands after it was fenced' }
    : undefined;
}

const statedAtEnd = (last: InstanceReport | undefined): Stated | undefined =>
  last?.finalOffset === undefined
    ? undefined
    : { offset: last.finalOffset, how: 'its crash report says where it ended' };

function whatWasSeen(
  last: InstanceReport | undefined,
  { lastServed }: HeldTenure,
  chosen: InstanceReport,
): string {
  const seen = last?.lastOffset ?? lastServed?.offset;
  if (seen === undefined) return 'nobody has looked at it';
  const ahead = Math.max(0, seen - chosen.offset);
  return `when it was looked at last it was ${ahead} bytes ahead`;
}
