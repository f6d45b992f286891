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
 * beyond its replicas. A Redis that was killed tells nothing: what it acknowledged since it was last looked at is in no file
 * for sure either, since Redis puts writes off while the last fsync is under way.
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
  if (stated === undefined) return unknown(whatWasSeen(last, tenure, chosen));
  return { atMost: Math.max(0, stated.offset - chosen.offset), because: stated.how };
}

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
  return `when it was looked at last it was ${ahead} bytes ahead, and nobody can say what it took after that`;
}
