import { describeError } from '../errors.ts';
import { type Duration, milliseconds, seconds } from '../time/units.ts';
import { act } from './act.ts';
import { decideRole, type RoleStep } from './decide.ts';
import type { FactsCell } from './facts.ts';
import { observe } from './observe.ts';
import type { Ports } from './ports.ts';
import { type Place, pollWait, viewOf } from './view.ts';

/** More than any way from one role to another needs: fence, adopt, detach, follow, and a confirmation or two. */
const stepsInARow = 8;
const firstBackoff = milliseconds(50);
const longestBackoff = seconds(2);

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
  let failures = 0;
  while (!signal.aborted) {
    const problem = await attempt(place, ports, cell, signal);
    failures = problem === undefined ? 0 : failures + 1;
    if (problem !== undefined && isPowerOfTwo(failures)) {
      ports.log.warn('the step towards our role failed', { error: problem, failures });
    }
    await (failures === 0
      ? untilSomethingHappens(place, ports, cell, signal)
      : ports.clock.sleep(backoff(failures), signal));
  }
}

/** Undefined when the role is settled, otherwise what went wrong. */
async function attempt(
  place: Place,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await converge(place, ports, cell, signal);
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

async function converge(place: Place, ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> {
  for (let taken = 0; taken < stepsInARow; taken += 1) {
    await observe(ports, cell, signal);
    const step = nextStep(place, ports, cell);
    if (step.because !== cell.current.because) cell.change({ because: step.because });
    if (step.kind === 'keep') return;
    ports.log.info(`${words[step.kind]}: ${step.because}`, { step: step.kind });
    await act(step, ports, cell, signal);
  }
  throw new Error(`its role is not settled after ${stepsInARow} steps`);
}

const words: Readonly<Record<RoleStep['kind'], string>> = {
  keep: 'leaving the role as it is',
  confirm: 'reading the tenure live',
  adopt: 'writing the term to the volume',
  promote: 'becoming primary',
  regate: 'changing the number of replicas that writes need',
  fence: 'taking no writes',
  detach: 'following nobody',
  follow: 'following another instance',
};

/** What decideRole says about the facts as they are; a redis-server that cannot obey yet is left alone. */
function nextStep(place: Place, ports: Ports, cell: FactsCell): RoleStep {
  const facts = cell.current;
  const { state } = facts.process;
  if (facts.redis === undefined || state === 'exited' || state === 'stopped' || facts.stopping) {
    return {
      kind: 'keep',
      because: facts.stopping ? 'it is being stopped' : 'redis-server does not answer yet',
    };
  }
  const step = decideRole(viewOf(place, facts, facts.redis, ports.clock.monotonic()));
  const refusedWhileLoading = step.kind === 'promote' || step.kind === 'follow' || step.kind === 'detach';
  return state === 'loading' && refusedWhileLoading
    ? { kind: 'keep', because: 'redis-server is loading its data set' }
    : step;
}

/** Nothing is to be done, and the reason told is the one that holds. */
const isSettled = (step: RoleStep, { current }: FactsCell): boolean =>
  step.kind === 'keep' && step.because === current.because;

/** Resolves when the poll is due, when redis-server has said something, or as soon as the facts ask for a step. */
async function untilSomethingHappens(
  place: Place,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted || !isSettled(nextStep(place, ports, cell), cell)) return;
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  const stop = cell.listen((facts, before) => {
    if (facts.process.pid !== before.process.pid || facts.lastWordAt !== before.lastWordAt) wake();
    else if (!isSettled(nextStep(place, ports, cell), cell)) wake();
  });
  signal.addEventListener('abort', wake, { once: true });
  await ports.clock.sleep(pollWait(cell.current), woken.signal);
  signal.removeEventListener('abort', wake);
  stop();
}
