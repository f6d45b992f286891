import { describeError } from '../errors.ts';
import type { Moment } from '../time/units.ts';
import { milliseconds } from '../time/units.ts';
import { within } from '../time/within.ts';
import { followsSomebody, isAt } from './decide.ts';
import type { Facts, FactsCell, Heard, RedisFacts } from './facts.ts';
import { type Link, noLink, seeLink } from './link.ts';
import type { Ports } from './ports.ts';

/** Redis answers in a tenth of a millisecond; a second without an answer means that it is stopped, hung or swapped out. */
export const answerLimit = milliseconds(1000);

type Observed = Pick<Ports, 'redis' | 'clock' | 'log'>;

/**
 * Looks at redis-server once and writes down what it says. Silence is a fact too: `answeredAt` then stays as it is.
 * What was seen of a process that has ended meanwhile is thrown away.
 */
export async function observe(ports: Observed, cell: FactsCell, signal: AbortSignal): Promise<void> {
  const { pid, engine: known } = cell.current.process;
  if (pid === undefined) return;
  const lookedAt = ports.clock.monotonic();
  const patience = { clock: ports.clock, wait: answerLimit, signal };
  try {
    const [sighting, engine] = await within(patience, async (limit) => {
      const seen = await ports.redis.look(limit);
      return [seen, known ?? (await ports.redis.engine(limit))] as const;
    });
    const at = ports.clock.monotonic();
    const { process, link } = cell.current;
    if (process.pid !== pid) return;
    const seen = linkSeen(link, sighting.redis, at);
    cell.change({
      process: { ...process, state: sighting.loading ? 'loading' : 'running', answeredAt: at, engine },
      redis: sighting.redis,
      // What it was told before it has carried out by now.
      opening: false,
      lookedAt,
      link: seen,
      syncRefusal: seen.kind === 'up' ? undefined : cell.current.syncRefusal,
      heard: heardBy(cell.current, sighting.redis),
    });
  } catch (thrown) {
    ports.log.debug('redis-server did not answer', { error: describeError(thrown) });
  }
}

/** A stream that has advanced did so after the last look; when exactly, nobody knows. */
function heardBy({ redis: before, process, heard: known }: Facts, redis: RedisFacts): Heard | undefined {
  const { follows } = redis;
  if (follows === undefined || !followsSomebody(redis)) return undefined;
  const same = known !== undefined && isAt(known.address, follows) ? known : undefined;
  const advanced =
    isAt(before?.follows, follows) &&
    before?.replicationId === redis.replicationId &&
    redis.offset > before.offset;
  const since = process.answeredAt;
  if (!advanced || since === undefined || (same !== undefined && same.at >= since)) return same;
  return { address: follows, at: since };
}

function linkSeen(before: Link, redis: RedisFacts, at: Moment): Link {
  const { follows, linkUp, offset } = redis;
  if (follows === undefined || !followsSomebody(redis)) return noLink;
  return seeLink(before, { address: follows, up: linkUp, offset, at });
}
