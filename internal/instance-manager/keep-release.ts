import { releaseLapses } from '../control/switchover.ts';
import { describeError } from '../errors.ts';
import { after, between, milliseconds, seconds } from '../time/units.ts';
import type { FactsCell, Release } from './facts.ts';
import type { Ports } from './ports.ts';
import { readTenure } from './read-tenure.ts';
import { releaseInForce } from './view.ts';

const readLimit = seconds(1);
const askAgain = seconds(1);

/**
 * Ends a release of which nothing more is heard: whoever asked for it has ended in the moment before it recorded the
 * successor, and nobody has taken its place. A live read must say that nothing has been recorded. Returns the function that
 * ends it.
 */
export function keepRelease(ports: Ports, cell: FactsCell, signal: AbortSignal): () => void {
  let watched: Release | undefined;
  let cancel = (): void => undefined;
  return cell.listenToNews(({ release }) => {
    if (release === watched) return;
    cancel();
    watched = release;
    if (release === undefined) return;
    const left = between(ports.clock.monotonic(), after(release.at, releaseLapses));
    cancel = ports.clock.schedule(milliseconds(Math.max(0, left)), () => {
      void endWhenRead(release, ports, cell, signal);
    });
  });
}

async function endWhenRead(
  release: Release,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  const inForce = (): boolean => releaseInForce(cell.current) === release;
  while (inForce() && !signal.aborted) {
    try {
      await readTenure(ports, cell, readLimit, signal);
      // The reading itself ends it where it is newer.
      if (inForce()) {
        ports.log.warn('nobody has recorded a successor: this instance goes on', { term: release.term });
        cell.change({ release: undefined });
      }
    } catch (failure) {
      ports.log.debug('the RedisCluster cannot be read', { error: describeError(failure) });
      await ports.clock.sleep(askAgain, signal);
    }
  }
}
