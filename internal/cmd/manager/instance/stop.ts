import { describeError } from '../../../errors.ts';
import { followsSomebody, isWritable } from '../../../instance-manager/decide.ts';
import type { Facts, FactsCell } from '../../../instance-manager/facts.ts';
import type { Ports, RunningProcess, ShutdownMode } from '../../../instance-manager/ports.ts';
import type { Supervisor } from '../../../instance-manager/supervisor.ts';
import { untilTrue } from '../../../instance-manager/until.ts';
import { isAlone } from '../../../instance-manager/view.ts';
import { after, between, type Duration, type Moment, seconds } from '../../../time/units.ts';

/** How often it is asked again when it refuses, for instance while its first append-only file is being written. */
const askEvery = seconds(1);
/**
 * How long before the limit it is told to end whatever it is doing. Must exceed the time in which Redis closes its
 * files, and be small against the limit: until then everything can still be saved.
 */
const lastCall = seconds(10);

/** The share of the limit that saving may take: what it takes is a guess, and a kill in the middle of it gains nothing. */
const savingShare = 4;

/** How long all of it may take, and how long of that a primary waits to be relieved. */
export interface StopLimits {
  readonly whole: Duration;
  readonly relief: Duration;
}

/**
 * Ends redis-server in order: SHUTDOWN lets it hand its replicas what they lack and write its data set. What has not
 * ended within the limit is killed: the kubelet would do the same a moment later, to us as well.
 */
export async function stopInOrder(
  supervisor: Supervisor,
  ports: Ports,
  cell: FactsCell,
  { whole, relief }: StopLimits,
): Promise<void> {
  const end = after(ports.clock.monotonic(), whole);
  await untilRelieved(ports, cell, relief);
  cell.change({ stopping: true });
  await endInOrder(supervisor, ports, cell, between(ports.clock.monotonic(), end));
}

/** A primary asks to be relieved first, and waits for that while it goes on; nobody can be made to relieve it. */
async function untilRelieved(
  { clock, log, identity }: Ports,
  cell: FactsCell,
  patience: Duration,
): Promise<void> {
  if (!holdsOffice(identity.podName, cell.current)) return;
  log.info('asking to be relieved as primary before redis-server is stopped');
  cell.change({ leaving: true });
  const limit = clock.deadline(patience);
  const relieved = await untilTrue((facts) => !holdsOffice(identity.podName, facts), cell, limit);
  if (!relieved) log.warn('nobody has relieved this primary in time', { patience });
}

/** It is the primary, or may still be; once another is named and followed, it may go: then it has nothing to hand on. */
function holdsOffice(self: string, facts: Facts): boolean {
  const { redis, process, cluster, fencedByUser } = facts;
  if (redis === undefined || process.pid === undefined || fencedByUser || isAlone(self, cluster))
    return false;
  const { tenure } = cluster ?? {};
  const { release } = facts;
  if (tenure?.primary !== self)
    return isWritable(redis) || (release !== undefined && !followsSomebody(redis));
  return !tenure.fenced && (isWritable(redis) || release !== undefined);
}

/** As `stopInOrder`, while the manager lives on. */
export async function endInOrder(
  supervisor: Supervisor,
  ports: Ports,
  cell: FactsCell,
  limit: Duration,
): Promise<void> {
  const { child } = supervisor;
  if (child === undefined) return;
  const { clock, log } = ports;
  log.info('stopping redis-server', { pid: child.pid });
  const end = after(clock.monotonic(), limit);
  const cancel = clock.schedule(limit, () => {
    log.error('redis-server has not ended in time and is killed', { pid: child.pid });
    child.signal('SIGKILL');
  });
  const saves = await maySave(ports, cell, limit);
  const markSaved = ports.continuity?.ending();
  const mode = await insist({ child, ports, cell, end, saves });
  cancel();
  const { code } = await child.exited;
  // What ended in order upon SHUTDOWN SAVE has written its RDB last of all: what refuses to save does not end.
  if (mode === 'SAVING' && code === 0) await markSaved?.();
}

/**
 * Whether it is to write an RDB as well, from which the next start goes on in the middle of the stream. A primary that
 * takes writes does not: they would wait meanwhile. One that is alone follows nobody afterwards.
 */
async function maySave(ports: Ports, cell: FactsCell, limit: Duration): Promise<boolean> {
  const { continuity, clock, log } = ports;
  const { process, cluster } = cell.current;
  if (continuity === undefined || process.state !== 'running' || (cluster?.instances ?? 1) === 1)
    return false;
  const inTime = clock.deadline(askEvery);
  try {
    const [{ redis }, takes] = await Promise.all([ports.redis.look(inTime), continuity.savingTakes(inTime)]);
    if (takes === undefined || isWritable(redis)) return false;
    if (takes <= limit / savingShare) return true;
    log.info('no RDB is written at the end: it could take too long', { takes });
  } catch (failure) {
    log.warn('how long an RDB takes is not known', { because: describeError(failure) });
  }
  return false;
}

interface Ending {
  readonly child: RunningProcess;
  readonly ports: Ports;
  readonly cell: FactsCell;
  readonly end: Moment;
  readonly saves: boolean;
}

type Answer = 'obeyed' | 'refused';

/** How it was asked last; undefined when it was not asked but signalled. */
async function insist({ child, ports, cell, end, saves }: Ending): Promise<ShutdownMode | undefined> {
  const ended = child.exited.then(() => true as const);
  let mode: ShutdownMode | undefined;
  let refused = false;
  for (;;) {
    const left = between(ports.clock.monotonic(), end);
    // One that has never answered has nothing to save, and no socket to be asked at.
    const hasAnswered = cell.current.process.answeredAt !== undefined;
    mode = hasAnswered ? modeFor(left, saves && !refused) : undefined;
    if (mode === undefined) child.signal('SIGTERM');
    else {
      const answer: Answer | true = await Promise.race([ended, ask(mode, ports, left)]);
      // While it writes its first append-only file it refuses everybody.
      refused ||= answer === 'refused' && !cell.current.aofAwaited;
    }
    if (await Promise.race([ended, ports.clock.sleep(askEvery).then(() => false)])) return mode;
  }
}

function modeFor(left: Duration, saves: boolean): ShutdownMode {
  if (left <= lastCall) return 'FORCED';
  return saves ? 'SAVING' : 'AS CONFIGURED';
}

/** The connection breaks when it obeys; every other answer, and none in time, is a refusal. */
async function ask(mode: ShutdownMode, { clock, redis, log }: Ports, left: Duration): Promise<Answer> {
  try {
    await redis.shutdown(mode, clock.deadline(left > askEvery ? left : askEvery));
  } catch (failure) {
    if (hasCode(failure, 'unreachable')) return 'obeyed';
    log.warn('redis-server was asked to end, and does not', { because: describeError(failure) });
  }
  return 'refused';
}

const hasCode = (failure: unknown, code: string): boolean =>
  failure instanceof Error && failure.name === code;
