import { unreachable } from '../errors.ts';
import { seconds } from '../time/units.ts';
import { closedGate, nowhere, type RoleStep } from './decide.ts';
import type { FactsCell } from './facts.ts';
import { answerLimit } from './observe.ts';
import type { Ports } from './ports.ts';
import type { TermRecord } from './tenure.ts';
import { newerOf } from './view.ts';

/** A live read takes 1 to 10 ms; one that takes longer than this is asked again. */
const readLimit = seconds(2);

/**
 * Carries out one step. It decides nothing: every branch that matters was taken in decideRole. What a step changes in
 * redis-server is not written down here but seen at the next look.
 */
export async function act(step: RoleStep, ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> {
  const limit = ports.clock.deadline(answerLimit, signal);
  switch (step.kind) {
    case 'keep':
      return;
    case 'confirm':
      return readTenure(ports, cell, signal);
    case 'adopt':
      return adopt(step.record, ports, cell);
    case 'promote':
      await ports.redis.promote(limit);
      return ports.redis.setWriteGate(step.minReplicas, limit);
    case 'regate':
      return ports.redis.setWriteGate(step.minReplicas, limit);
    case 'fence':
      await ports.redis.setWriteGate(closedGate, limit);
      // A client that was told OK a moment ago must find the new primary now, not at its next error.
      return ports.redis.disconnectClients(limit);
    case 'detach':
      return ports.redis.follow(nowhere, limit);
    case 'follow':
      return ports.redis.follow(step.address, limit);
    default:
      return unreachable(step);
  }
}

/**
 * Reads the tenure live. The first such read after redis-server was started also tells its boot term: whatever was
 * appointed up to then may have been meant for the process before it.
 */
export async function readTenure(
  ports: Pick<Ports, 'clock' | 'cluster'>,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  const at = ports.clock.monotonic();
  const { pid } = cell.current.process;
  const read = await ports.cluster.read(ports.clock.deadline(readLimit, signal));
  const { cluster, process } = cell.current;
  const tenure = read?.tenure;
  const bootTerm =
    pid === process.pid && read !== undefined ? (process.bootTerm ?? tenure?.term ?? 0) : undefined;
  cell.change({
    cluster: read === undefined ? undefined : newerOf(cluster, read),
    confirmed: { tenure, resourceVersion: read?.resourceVersion ?? '', at },
    process: { ...process, bootTerm: process.bootTerm ?? bootTerm },
  });
}

async function adopt(record: TermRecord, ports: Ports, cell: FactsCell): Promise<void> {
  await ports.records.write(record);
  cell.change({ stored: { kind: 'record', record } });
}
