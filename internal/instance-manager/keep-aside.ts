import { describeError } from '../errors.ts';
import { milliseconds, minutes, toRfc3339 } from '../time/units.ts';
import type { Aside, Divergence, Divergent } from './divergence.ts';
import type { Facts, FactsCell } from './facts.ts';
import type { Ports } from './ports.ts';
import { recordOf } from './record.ts';

/** A snapshot is written at some 100 MB a second: 30 GB, more than one instance should hold. */
const saveLimit = minutes(5);
/** A disk that refuses now may take it a second later; a replica that is missing for ever is worse than a lost copy. */
const retryAfter = milliseconds(1000);
const attemptsAtMost = 2;

/** Begins to save what is wanted. Nothing waits for it but our own following. */
export function beginKeeping(ports: Ports, cell: FactsCell, signal: AbortSignal): void {
  const { aside } = cell.current;
  if (aside.kind !== 'wanted') return;
  cell.change({ aside: { ...aside, kind: 'saving' } });
  void attempt(aside, ports, cell, signal);
}

type Wanted = Aside & { readonly kind: 'wanted' | 'saving' };

async function attempt(
  { divergence, failures }: Wanted,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  const begun = cell.current;
  const what = describe(divergence, begun);
  try {
    const name = `${toRfc3339(ports.clock.now()).replaceAll(':', '')}-term${termOf(begun)}`;
    const kept = await ports.aside.keep(name, ports.clock.deadline(saveLimit, signal));
    if (kept.kind === 'kept') {
      conclude({ kept: true, message: `${what}; it is kept in ${kept.file}` }, begun, ports, cell);
    } else conclude({ kept: false, message: `${what}; it is not kept: ${kept.because}` }, begun, ports, cell);
  } catch (thrown) {
    const because = describeError(thrown);
    ports.log.warn('what is about to be replaced could not be saved', { error: because, failures });
    if (failures + 1 >= attemptsAtMost) {
      conclude({ kept: false, message: `${what}; it could not be kept: ${because}` }, begun, ports, cell);
      return;
    }
    await ports.clock.sleep(retryAfter, signal);
    if (isSame(begun, cell.current)) {
      cell.change({ aside: { kind: 'wanted', divergence, failures: failures + 1 } });
    }
  }
}

/** It is told, and the way is free. A process that was started meanwhile has its own data to be looked at. */
function conclude(divergent: Divergent, begun: Facts, { log }: Ports, cell: FactsCell): void {
  log.warn(divergent.message);
  const { redis } = cell.current;
  const settled = isSame(begun, cell.current) && redis !== undefined;
  const aside: Aside = settled
    ? { kind: 'settled', replicationId: redis.replicationId, offset: redis.offset }
    : cell.current.aside;
  cell.change({ divergent, aside });
}

const isSame = (one: Facts, other: Facts): boolean => one.process.run === other.process.run;

/** The term whose data it is, as far as the record tells. */
function termOf({ stored }: Facts): number {
  const { term, led } = recordOf(stored);
  return led ?? term;
}

function describe(divergence: Divergence, facts: Facts): string {
  const { keys = 0 } = facts.redis ?? {};
  const size = `a data set of ${keys} keys`;
  if (divergence.kind !== 'range') {
    const { led } = recordOf(facts.stored);
    const when = led === undefined ? '' : ` from when it was the primary of term ${led}`;
    return `${size}${when} may have what no primary has: where its history ends cannot be compared`;
  }
  const { replicationId, from, to } = divergence;
  return `${size} has what no primary has: replication ${replicationId} from offset ${from} to ${to} (${to - from} bytes)`;
}
