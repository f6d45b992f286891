import { between, milliseconds } from '../time/units.ts';
import { forAtMost } from '../time/within.ts';
import { askUpstream } from './compare.ts';
import { followsSomebody } from './decide.ts';
import type { FactsCell } from './facts.ts';
import { observe } from './observe.ts';
import type { Ports } from './ports.ts';

/** The operator gives up after a second; a redis-server that hangs must not make its manager look dead. */
const patience = milliseconds(250);
/** Less than half of the shortest suspicion: a witness must be able to contradict it in time. */
const heardLately = milliseconds(400);
/** A round trip inside a cluster takes about a millisecond. */
const askLimit = milliseconds(200);

/**
 * Looks at redis-server, and hears its upstream, after the question came: an offset from before it may be too old to
 * choose a candidate by. Takes as long as both patiences together at most; what was not answered is told as it was.
 */
export async function refresh(ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> {
  await lookInTime(ports, cell, signal);
  const { redis, heard } = cell.current;
  if (redis?.follows === undefined || !followsSomebody(redis)) return;
  const now = ports.clock.monotonic();
  if (heard !== undefined && between(heard.at, now) <= heardLately) return;
  try {
    await askUpstream(redis.follows, { ports, cell, limit: askLimit }, signal);
  } catch {
    // It may be too busy to answer, and stream all the same.
    if (cell.current.redis?.linkUp === true) await lookInTime(ports, cell, signal);
  }
}

const lookInTime = (ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> =>
  forAtMost(patience, observe(ports, cell, signal), ports.clock);
