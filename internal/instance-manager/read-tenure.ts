import type { Duration } from '../time/units.ts';
import type { FactsCell } from './facts.ts';
import { takeReading } from './learn.ts';
import type { Ports } from './ports.ts';

/**
 * Reads the tenure live. The first such read after redis-server was started also tells its boot term: whatever was
 * appointed up to then may have been meant for the process before it. Rejects with a KubeError, after `limit` at the latest.
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
  const isSame = pid !== undefined && pid === process.pid && cluster !== undefined;
  const bootTerm = process.bootTerm ?? (isSame ? (cluster.tenure?.term ?? 0) : undefined);
  cell.change({
    ...takeReading(cell.current, ports.identity.podName, { kind: 'read', at, cluster }),
    process: { ...process, bootTerm },
  });
}
