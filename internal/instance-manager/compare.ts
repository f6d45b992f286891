import { describeError } from '../errors.ts';
import { after, type Moment, seconds } from '../time/units.ts';
import type { Address } from './decide.ts';
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
    ask(link.address, ports, cell, signal).catch(failed).finally(settled);
  });
}

async function ask(address: Address, ports: Asked, cell: FactsCell, signal: AbortSignal): Promise<void> {
  const askedAt = ports.clock.monotonic();
  const upstream = await ports.upstream.ask(address, ports.clock.deadline(askLimit, signal));
  const { redis, link } = cell.current;
  if (redis === undefined) return;
  const answeredAt = ports.clock.monotonic();
  cell.change({ link: compareLink(link, { address, askedAt, answeredAt, upstream, own: redis }) });
}
