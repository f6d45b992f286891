import { describeError, unreachable } from '../../errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../time/clock.ts';
import { milliseconds, seconds } from '../../time/units.ts';
import type { FactsCell } from '../facts.ts';
import { type Listen, untilDue } from '../wake.ts';
import { type Persistence, type PersistenceStep, persistenceStep } from './authority.ts';
import type { DataFiles } from './data-files.ts';

/** How a running redis-server keeps its data set. */
export interface KeptData {
  /** appendonly, as it is set: while a replica loads what its primary sent, nothing is appended all the same. */
  readonly appendOnly: boolean;
  /** A child is writing an RDB, for the volume or for a replica. */
  readonly saving: boolean;
  /** The last RDB for the volume was written; true before the first. */
  readonly saved: boolean;
}

export interface PersistentServer {
  keptData(signal: AbortSignal): Promise<KeptData>;
  setAppendOnly(value: 'yes' | 'no', signal: AbortSignal): Promise<void>;
  /** BGSAVE; rejects while another file is being written. */
  save(signal: AbortSignal): Promise<void>;
}

export interface PersistencePorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly server: PersistentServer;
  readonly files: DataFiles;
  /** What the spec that redis-server has taken says; undefined before there is one. */
  wanted(): Persistence | undefined;
  readonly listen: Listen;
}

/** Redis writes some 100 MB a second: a small data set takes milliseconds, and nobody waits for a large one. */
const lookEvery = milliseconds(100);
const retryAfter = seconds(2);
const answerLimit = seconds(5);

interface Settled {
  readonly pid: number | undefined;
  readonly wanted: Persistence | undefined;
}

/**
 * Brings the files of each redis-server that runs to what the spec says, until `signal` aborts. Once they are settled
 * nothing is asked before the next start or the next spec.
 */
export async function keepPersistence(
  ports: PersistencePorts,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  let settled: Settled = { pid: undefined, wanted: undefined };
  const isDue = (): boolean => {
    const { pid, state } = cell.current.process;
    const wanted = ports.wanted();
    return state === 'running' && wanted !== undefined && (pid !== settled.pid || wanted !== settled.wanted);
  };
  const waking = { clock: ports.clock, sources: [cell.listen, ports.listen], wait: undefined };
  while (!signal.aborted) {
    await untilDue(isDue, waking, signal);
    const { pid } = cell.current.process;
    const wanted = ports.wanted();
    if (signal.aborted || wanted === undefined || !isDue()) continue;
    if (!(await settle(wanted, { ports, cell, isDue }, signal))) continue;
    settled = { pid, wanted };
    if (cell.current.aofAwaited) cell.change({ aofAwaited: false });
  }
}

interface Settling {
  readonly ports: PersistencePorts;
  readonly cell: FactsCell;
  readonly isDue: () => boolean;
}

/** True once nothing is left to do; false when something has changed, or nothing could be done. */
async function settle(
  wanted: Persistence,
  { ports, cell, isDue }: Settling,
  signal: AbortSignal,
): Promise<boolean> {
  const { pid } = cell.current.process;
  let saveBegun = false;
  try {
    while (isDue() && ports.wanted() === wanted && pid === cell.current.process.pid) {
      const limit = ports.clock.deadline(answerLimit, signal);
      const seen = await look(ports, limit);
      const saved = saveBegun && !seen.kept.saving && seen.kept.saved;
      const step = persistenceStep({ wanted, appendOnly: seen.kept.appendOnly, saved, files: seen.files });
      if (step.kind === 'settled') return true;
      // An RDB that was begun before counts for nothing, and one that failed is begun again.
      if (step.kind !== 'save' || !seen.kept.saving) await take(step, { ports, life: seen.life }, limit);
      saveBegun ||= step.kind === 'save' && !seen.kept.saving;
      await pause(step, ports.clock, signal);
    }
  } catch (failure) {
    if (signal.aborted) return false;
    ports.log.warn('the files could not be brought to what is wanted', { because: describeError(failure) });
    await ports.clock.sleep(retryAfter, signal);
  }
  return false;
}

async function look({ server, files }: PersistencePorts, limit: AbortSignal) {
  const { life } = files;
  return { life, kept: await server.keptData(limit), files: await files.found() };
}

/** What Redis does in a child takes a while. */
async function pause({ kind }: PersistenceStep, clock: Clock, signal: AbortSignal): Promise<void> {
  if (kind === 'wait' || kind === 'save') await clock.sleep(lookEvery, signal);
}

interface Taking {
  readonly ports: PersistencePorts;
  readonly life: number;
}

type Taken = Exclude<PersistenceStep, { readonly kind: 'settled' }>;

async function take(step: Taken, { ports, life }: Taking, limit: AbortSignal): Promise<void> {
  const { server, files, log } = ports;
  if (step.kind !== 'wait') log.info(words[step.kind], { step: step.kind });
  switch (step.kind) {
    case 'wait':
      return;
    case 'append':
      return await server.setAppendOnly('yes', limit);
    case 'forget':
      return await files.forget();
    case 'stopAppending':
      return await server.setAppendOnly('no', limit);
    case 'save':
      return await server.save(limit);
    case 'mark':
      return await files.mark(life);
    default:
      return unreachable(step);
  }
}

const words: Readonly<Record<Exclude<Taken['kind'], 'wait'>, string>> = {
  append: 'the append-only file is written anew',
  forget: 'the append-only file is complete',
  stopAppending: 'nothing is appended any more',
  save: 'an RDB is written, to take the place of the append-only file',
  mark: 'the RDB takes the place of the append-only file',
};
