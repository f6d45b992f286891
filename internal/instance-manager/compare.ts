import { describeError } from '../errors.ts';
import { after, type Duration, type Moment, seconds } from '../time/units.ts';
import { type Address, isAt } from './decide.ts';
import type { FactsCell } from './facts.ts';
import { compareLink } from './link.ts';
import type { Ports } from './ports.ts';
import { comparisonDue } from './view.ts';

/** A round trip inside a cluster takes about a millisecond. */
const askLimit = seconds(1);
const waitAfterFailure = seconds(1);

type Asked = Pick<Ports, 'clock' | 'log' | 'upstream'>;

/**
 * Asks the upstream for its offset whenever that is due, one question at a time, and writes down what follows from it:
 * the proof that we are in sync, and the lag. Returns the function that ends it.
 */
export function keepComparing(ports: Asked, cell: FactsCell, signal: AbortSignal): () => void {
  let asking = false;
  let notBefore: Moment | undefined;
  const failed = (thrown: unknown): void => {
    notBefore = after(ports.clock.monotonic(), waitAfterFailure);
    ports.log.debug('the upstream did not tell its offset', { error: describeError(thrown) });
  };
  const settled = (): void => {
    asking = false;
  };
  return cell.listen(({ link, process }) => {
    const now = ports.clock.monotonic();
    if (asking || process.state !== 'running' || link.kind !== 'up' || !comparisonDue(link, now)) return;
    if (notBefore !== undefined && now < notBefore) return;
    asking = true;
    askUpstream(link.address, { ports, cell, limit: askLimit }, signal).catch(failed).finally(settled);
  });
}

interface Asking {
  readonly ports: Pick<Ports, 'clock' | 'upstream'>;
  readonly cell: FactsCell;
  readonly limit: Duration;
}

/** Asks the upstream for its offset once, and writes down that it was heard. Rejects with a RedisError. */
export async function askUpstream(
  address: Address,
  { ports, cell, limit }: Asking,
  signal: AbortSignal,
): Promise<void> {
  const askedAt = ports.clock.monotonic();
  const upstream = await ports.upstream.ask(address, ports.clock.deadline(limit, signal));
  const { redis, link } = cell.current;
  if (redis === undefined || !isAt(redis.follows, address)) return;
  const answeredAt = ports.clock.monotonic();
  cell.change({
    link: compareLink(link, { address, askedAt, answeredAt, upstream, own: redis }),
    heard: { address, at: askedAt },
  });
}
