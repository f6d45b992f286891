import type { Facts, FactsCell } from './facts.ts';
import { recordOf } from './record.ts';

/**
 * Remembers the highest term in which this redis-server was proved in sync with that term's primary. It outlives the
 * link: when the primary dies, this is what makes a candidate. Returns the function that ends it.
 */
export const keepSyncedTerm = (cell: FactsCell): (() => void) =>
  cell.listenToNews((facts) => {
    const term = provedTerm(facts);
    if (term > facts.process.syncedTerm) cell.change({ process: { ...facts.process, syncedTerm: term } });
  });

/**
 * The term whose primary we are in sync with now; 0 for none. Another process at the same address is another primary, with a
 * history of its own, and a redis-server that does not answer says nothing of its link: what counts is a history that was
 * compared in this very term.
 */
export function provedTerm({ link, cluster, stored, adoptedAt }: Facts): number {
  const tenure = cluster?.tenure;
  if (link.kind !== 'up' || !link.inSync || tenure === undefined) return 0;
  if (adoptedAt !== undefined && (link.agreedAt === undefined || link.agreedAt < adoptedAt)) return 0;
  const streamsFromPrimary = cluster?.addresses.get(tenure.primary) === link.address.host;
  return streamsFromPrimary && recordOf(stored).term === tenure.term ? tenure.term : 0;
}
