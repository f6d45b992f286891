import { describeError } from '../errors.ts';
import { between, type Duration, type Moment, milliseconds, seconds } from '../time/units.ts';
import { forAtMost } from '../time/within.ts';
import { act } from './act.ts';
import type { RoleStep } from './decide.ts';
import type { Facts, FactsCell } from './facts.ts';
import { hungComplaint } from './hung.ts';
import { isWaiting, nextStep } from './next-step.ts';
import { answerLimit, observe } from './observe.ts';
import type { Ports } from './ports.ts';
import { tellTheSame } from './told.ts';
import { isAlone, leaseLeft, mayTakeWrites, type Place, pollWait } from './view.ts';
import { untilDue } from './wake.ts';

/** More than any way from one role to another needs: fence, adopt, detach, follow, and a confirmation or two. */
const stepsInARow = 8;
const firstBackoff = milliseconds(50);
const longestBackoff = seconds(2);

interface Loop {
  readonly place: Place;
  readonly ports: Ports;
  readonly cell: FactsCell;
}

/**
 * Brings redis-server into the role that the tenure gives it, and keeps it there, until `signal` aborts. It looks
 * whenever something happened or the poll is due, takes one step, looks again, until there is nothing left to do.
 */
export async function runRoleLoop(
  place: Place,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  const loop: Loop = { place, ports, cell };
  let failures = 0;
  while (!signal.aborted) {
    const problem = await attempt(loop, signal);
    failures = problem === undefined ? 0 : failures + 1;
    if (problem !== undefined && isPowerOfTwo(failures)) {
      ports.log.warn('the step towards our role failed', { error: problem, failures });
    }
    await (failures === 0
      ? untilSomethingHappens(loop, signal)
      : untilRetry(loop, backoff(failures), signal));
  }
}

/** Undefined when the role is settled, otherwise what went wrong. */
async function attempt(loop: Loop, signal: AbortSignal): Promise<string | undefined> {
  try {
    await converge(loop, signal);
    return undefined;
  } catch (thrown) {
    // A bug ends the tick, not the process: the end of PID 1 would take a serving redis-server with it.
    return signal.aborted ? undefined : describeError(thrown);
  }
}

/** Says the same thing less and less often. */
const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count));

const backoff = (failures: number): Duration =>
  milliseconds(Math.min(firstBackoff * 2 ** (failures - 1), longestBackoff));

async function converge(loop: Loop, signal: AbortSignal): Promise<void> {
  const { place, ports, cell } = loop;
  if (!canActAtOnce(loop)) await Promise.all([firstLook(loop, signal), adoptAtOnce(loop, signal)]);
  for (let taken = 0; taken < stepsInARow; taken += 1) {
    const step = nextStep(place, cell.current, ports.clock.monotonic());
    if (step.because !== cell.current.because) cell.change({ because: step.because });
    if (isWaiting(step)) return;
    await take(step, loop, signal);
    // The volume is not redis-server: nothing is to be seen there that was not seen before.
    if (!isWritten(step)) await observe(ports, cell, signal);
  }
  throw new Error(`its role is not settled after ${stepsInARow} steps`);
}

async function take(step: RoleStep, { ports, cell }: Loop, signal: AbortSignal): Promise<void> {
  ports.log.info(`${words[step.kind]}: ${step.because}`, { step: step.kind });
  await act(step, ports, cell, signal);
}

/** What is to be written to the volume depends on nothing that redis-server could say: a promotion waits for both. */
async function adoptAtOnce(loop: Loop, signal: AbortSignal): Promise<void> {
  const step = nextStep(loop.place, loop.cell.current, loop.ports.clock.monotonic());
  if (isWritten(step)) await take(step, loop, signal);
}

const isWritten = ({ kind }: RoleStep): boolean => kind === 'adopt' || kind === 'note';

/**
 * How old a look may be that is acted on without another: as old as one that came with the report on which a candidate was
 * chosen, while the appointment was written. What redis-server is changes by our own hand alone, and then we look.
 */
export const lookHolds = milliseconds(50);

/** There is something to do, and redis-server has said nothing since it was looked at a moment ago. */
function canActAtOnce({ place, ports, cell }: Loop): boolean {
  const { process, lastWordAt } = cell.current;
  const now = ports.clock.monotonic();
  if (process.answeredAt === undefined || isWaiting(nextStep(place, cell.current, now))) return false;
  const spoken = lastWordAt !== undefined && lastWordAt >= process.answeredAt;
  return !spoken && between(process.answeredAt, now) <= lookHolds;
}

/** A redis-server that does not answer must neither hold its fence back, nor live on as a primary that hangs. */
async function firstLook({ place, ports, cell }: Loop, signal: AbortSignal): Promise<void> {
  const looking = observe(ports, cell, signal);
  const left = writingLeft(place.pod, cell.current, ports.clock.monotonic());
  if (left === undefined || left > answerLimit) await looking;
  else if (left > 0) await forAtMost(left, looking, ports.clock);
  const { pid } = cell.current.process;
  const complaint = hungComplaint(place.pod, cell.current, ports.clock.monotonic());
  if (pid === undefined || complaint === undefined) return;
  ports.log.error(`redis-server is killed: ${complaint}`, { pid });
  ports.processes.kill(pid);
}

const words: Readonly<Record<RoleStep['kind'], string>> = {
  keep: 'leaving the role as it is',
  confirm: 'waiting for a proof',
  adopt: 'writing the term to the volume',
  note: 'noting on the volume what is obeyed, or may be',
  promote: 'becoming primary',
  regate: 'changing the number of replicas that writes need',
  fence: 'taking no writes',
  release: 'taking no writes, for a successor',
  listen: 'letting clients in again',
  detach: 'following nobody',
  keepAside: 'saving what is about to be replaced',
  follow: 'following another instance',
};

/** Nothing is to be done, and the reason told is the one that holds. */
const isSettled = (step: RoleStep, { because }: Facts): boolean =>
  isWaiting(step) && step.because === because;

/** Resolves when the poll is due, when redis-server has said something, or as soon as the facts ask for a step. */
async function untilSomethingHappens({ place, ports, cell }: Loop, signal: AbortSignal): Promise<void> {
  const begun = cell.current;
  let kept: Facts | undefined;
  // Where nothing is to be done, figures change nothing of that, nor does a later proof: a grant alone need not be thought over.
  const isStillSettled = (): boolean => {
    if (kept !== undefined && tellTheSame(kept, cell.current)) return true;
    const step = nextStep(place, cell.current, ports.clock.monotonic());
    const settled = isSettled(step, cell.current);
    kept = settled && step.kind === 'keep' ? cell.current : undefined;
    return settled;
  };
  const isWoken = (): boolean =>
    cell.current.process.pid !== begun.process.pid ||
    cell.current.lastWordAt !== begun.lastWordAt ||
    (cell.current !== begun && isNearlyDue(cell.current, ports.clock.monotonic())) ||
    !isStillSettled();
  await untilWoken({ place, ports, cell }, { wait: pollWait(cell.current), isWoken }, signal);
}

/** The next look is made with what has woken us up anyway, such as a grant: an idle instance costs what wakes it. */
const isNearlyDue = (facts: Facts, now: Moment): boolean =>
  facts.process.state === 'running' &&
  facts.process.answeredAt !== undefined &&
  between(facts.process.answeredAt, now) >= pollWait(facts) * 0.8;

/** After a failure the same step is tried again later, but another one at once. */
async function untilRetry({ place, ports, cell }: Loop, wait: Duration, signal: AbortSignal): Promise<void> {
  const failed = nextStep(place, cell.current, ports.clock.monotonic());
  const isWoken = (): boolean => {
    const step = nextStep(place, cell.current, ports.clock.monotonic());
    return step.kind !== failed.kind || step.because !== failed.because;
  };
  await untilWoken({ place, ports, cell }, { wait, isWoken }, signal);
}

interface Waking {
  readonly wait: Duration;
  readonly isWoken: () => boolean;
}

/** Resolves after the wait, when a change of the facts wakes, or at the moment when the lease of a primary runs out. */
async function untilWoken(
  { place, ports: { clock }, cell }: Loop,
  { wait, isWoken }: Waking,
  signal: AbortSignal,
): Promise<void> {
  const left = writingLeft(place.pod, cell.current, clock.monotonic()) ?? wait;
  // What has run out already was acted on just now.
  const wake = { clock, sources: [cell.listen], wait: left > 0 && left < wait ? left : wait };
  await untilDue(isWoken, wake, signal);
}

/** How long it may go on taking writes, 0 for no longer; undefined when it takes none, or needs no proof for it. */
function writingLeft(self: string, facts: Facts, now: Moment): Duration | undefined {
  if (!mayTakeWrites(facts) || isAlone(self, facts.cluster)) return undefined;
  return milliseconds(Math.max(0, leaseLeft(facts, now) ?? 0));
}
