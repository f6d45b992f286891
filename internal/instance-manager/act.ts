import { describeError, unreachable } from '../errors.ts';
import { closedGate, nowhere, type RoleStep } from './decide.ts';
import type { FactsCell } from './facts.ts';
import { answerLimit } from './observe.ts';
import type { Ports } from './ports.ts';
import { isPromise, type TermRecord } from './tenure.ts';

/**
 * Carries out one step. It decides nothing: every branch that matters was taken in decideRole. What a step changes in
 * redis-server is not written down here but seen at the next look.
 */
export async function act(step: RoleStep, ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> {
  const limit = ports.clock.deadline(answerLimit, signal);
  switch (step.kind) {
    case 'keep':
    case 'confirm':
      return;
    case 'adopt':
      return adopt(step.record, ports, cell);
    case 'promote':
      await ports.redis.promote(limit);
      return ports.redis.setWriteGate(step.minReplicas, limit);
    case 'regate':
      return ports.redis.setWriteGate(step.minReplicas, limit);
    case 'fence':
      return fence(ports, cell, limit);
    case 'detach':
      return ports.redis.follow(nowhere, limit);
    case 'follow':
      return ports.redis.follow(step.address, limit);
    default:
      return unreachable(step);
  }
}

/** A redis-server that does not close its gate in time is killed: until then it could go on taking writes. */
async function fence(ports: Ports, cell: FactsCell, limit: AbortSignal): Promise<void> {
  const { pid } = cell.current.process;
  try {
    await closeGate(ports, limit);
  } catch (thrown) {
    if (pid === undefined) throw thrown;
    ports.log.error('redis-server does not close its gate and is killed', {
      pid,
      error: describeError(thrown),
    });
    ports.processes.kill(pid);
    throw thrown;
  }
  // A client that was told OK a moment ago must find the new primary now, not at its next error.
  await ports.redis.disconnectClients(limit);
}

/** The connection may have been lost at the last look: then once more over a new one, which only a look makes. */
async function closeGate({ redis }: Ports, limit: AbortSignal): Promise<void> {
  try {
    await redis.setWriteGate(closedGate, limit);
  } catch {
    await redis.look(limit);
    await redis.setWriteGate(closedGate, limit);
  }
}

async function adopt(record: TermRecord, ports: Ports, cell: FactsCell): Promise<void> {
  await ports.records.write(record);
  const promisedAt = isPromise(record) ? ports.clock.monotonic() : undefined;
  cell.change({ stored: { kind: 'record', record }, promisedAt });
}
