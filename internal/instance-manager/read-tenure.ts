import type { Duration } from '../time/units.ts';
import type { ClusterFacts, FactsCell } from './facts.ts';
import { hearWatched, takeReading } from './learn.ts';
import type { Ports } from './ports.ts';

/** Hears of each change of the RedisCluster, until `signal` aborts. */
export function watchTenure(
  { clock, cluster, identity }: Pick<Ports, 'clock' | 'cluster' | 'identity'>,
  cell: FactsCell,
  signal: AbortSignal,
): void {
  const hear = (heard: ClusterFacts): void => {
    const place = { self: identity.podName, now: clock.monotonic() };
    cell.change(hearWatched(cell.current, heard, place));
  };
  cluster.watch(hear, signal);
}

/**
 * Reads the tenure live. The first such read after redis-server was started also tells its boot term: whatever was
 * appointed up to then may have been meant for the process before it. One that cannot be read tells nothing. Rejects with a KubeError, after `limit` at the latest.
 */
export async function readTenure(
  ports: Pick<Ports, 'clock' | 'cluster' | 'identity'>,
  cell: FactsCell,
  limit: Duration,
  signal: AbortSignal,
): Promise<void> {
  const at = ports.clock.monotonic();
  const { pid } = cell.current.process;
  const cluster = await ports.cluster.read(ports.clock.deadline(limit, signal));
  const { process } = cell.current;
  const isSame = pid !== undefined && pid === process.pid;
  const bootTerm = process.bootTerm ?? (isSame ? termIn(cluster) : undefined);
  cell.change({
    ...takeReading(cell.current, ports.identity.podName, { kind: 'read', at, cluster }),
    process: { ...process, bootTerm },
  });
}

/** Undefined where nobody can tell which term is in force. */
const termIn = (cluster: ClusterFacts | undefined): number | undefined =>
  cluster === undefined || cluster.tenureUnreadable === true ? undefined : (cluster.tenure?.term ?? 0);
