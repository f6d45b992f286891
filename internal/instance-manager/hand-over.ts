import { Port } from '../../api/v1/names.ts';
import type { SwitchoverCommand } from '../control/protocol.ts';
import { catchUpLimit, pauseLimit } from '../control/switchover.ts';
import { describeError, OperatorError } from '../errors.ts';
import { milliseconds } from '../time/units.ts';
import { type Address, isWritable } from './decide.ts';
import type { FactsCell } from './facts.ts';
import { observe } from './observe.ts';
import type { Ports, UpstreamAnswer } from './ports.ts';
import { untilTrue } from './until.ts';
import { releaseInForce } from './view.ts';

/**
 * How far behind the candidate may be before anybody's writes are paused, in bytes: what goes over a link of 1 Gbit/s in a
 * third of `catchUpLimit`.
 */
const mostBehind = 16 * 1024 * 1024;
/** A round trip inside a cluster takes a fraction of a millisecond. */
const askEvery = milliseconds(1);
/** The gate is closed in a millisecond; the role loop may be looking at a busy redis-server just then. */
const closingLimit = milliseconds(300);

interface Handover {
  readonly to: Address;
  readonly ports: Ports;
  readonly cell: FactsCell;
}

/**
 * Releases the term to the candidate, docs/switchover.md: clients wait while it catches up, then the gate is closed, and
 * their connections with it. Rejects with the doubt. Until it has resolved once nobody else may have taken writes, so a doubt
 * takes everything back and this instance goes on; after that only a later term lets it.
 */
export async function handOver(
  command: SwitchoverCommand,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  const handover: Handover = { to: { host: command.address, port: Port.redis }, ports, cell };
  if (cell.current.handingOver) throw doubt('it is handing over already');
  if (isReleased(cell)) {
    if (!isSame(command, cell)) throw doubt('it has released its term to another candidate');
    return;
  }
  cell.change({ handingOver: true });
  try {
    await release(command, handover, signal);
  } catch (failure) {
    cell.change({ release: undefined });
    await resumeWrites(ports, signal);
    throw failure;
  } finally {
    cell.change({ handingOver: false });
  }
}

async function release(
  { term, candidate, handover: offered }: SwitchoverCommand,
  handover: Handover,
  signal: AbortSignal,
): Promise<void> {
  const { ports, cell } = handover;
  const { clock, redis } = ports;
  // While nobody waits: this also makes the connection.
  await fitToTakeOver(handover, clock.deadline(catchUpLimit, signal));
  const limit = clock.deadline(catchUpLimit, signal);
  await redis.pauseWrites(pauseLimit, limit);
  await caughtUp(handover, limit);
  cell.change({ release: { term, candidate, handover: offered, followedAt: undefined } });
  if (!(await untilTrue(() => isReleased(cell), cell, clock.deadline(closingLimit, signal)))) {
    throw doubt(`the gate was not closed within ${closingLimit} ms: ${cell.current.because}`);
  }
  // Only now does its offset stand still, whatever the pause has let through: all of that must have arrived as well. The look that
  // has found the gate closed was at the offset too.
  await caughtUp(handover, clock.deadline(catchUpLimit, signal), cell.current.redis?.offset);
  if (!isReleased(cell)) throw doubt(cell.current.because);
}

const isReleased = ({ current }: FactsCell): boolean =>
  releaseInForce(current) !== undefined &&
  current.redis !== undefined &&
  current.redis.follows === undefined &&
  !isWritable(current.redis);

function isSame({ candidate, handover }: SwitchoverCommand, { current }: FactsCell): boolean {
  const known = releaseInForce(current);
  return known?.candidate === candidate && known.handover === handover;
}

/** With the look that the release is decided on: it is young enough when the candidate has caught up. */
async function fitToTakeOver({ to, ports, cell }: Handover, limit: AbortSignal): Promise<void> {
  const [answer] = await Promise.all([ports.upstream.ask(to, limit), observe(ports, cell, limit)]);
  const unfit = whyUnfit(answer, cell);
  if (unfit !== undefined) throw doubt(unfit);
  const behind = (cell.current.redis?.offset ?? 0) - answer.offset;
  if (behind > mostBehind) throw doubt(`the candidate is ${behind} bytes behind`);
}

/** Resolves once the candidate has carried out all up to `offset`: all that this instance has now, unless it is known to stand still. */
async function caughtUp(
  { to, ports, cell }: Handover,
  limit: AbortSignal,
  offset: number | Promise<number> = ports.redis.offset(limit),
): Promise<void> {
  const [goal, first] = await Promise.all([offset, ports.upstream.ask(to, limit)]);
  if (limit.aborted) throw doubt('redis-server does not tell its offset');
  let answer = first;
  while (answer.offset < goal && whyUnfit(answer, cell) === undefined) {
    await ports.clock.sleep(askEvery, limit);
    if (limit.aborted) throw doubt(`the candidate has not caught up within ${catchUpLimit} ms`);
    answer = await ports.upstream.ask(to, limit);
  }
  const unfit = whyUnfit(answer, cell);
  if (unfit !== undefined) throw doubt(unfit);
}

function whyUnfit({ primary, replicationId }: UpstreamAnswer, { current }: FactsCell): string | undefined {
  if (primary) return 'the candidate is a primary itself';
  return replicationId === current.redis?.replicationId ? undefined : 'the candidate has another history';
}

/** The pause ends by itself where this fails. */
async function resumeWrites({ redis, clock, log }: Ports, signal: AbortSignal): Promise<void> {
  try {
    await redis.resumeWrites(clock.deadline(catchUpLimit, signal));
  } catch (failure) {
    log.warn('the pause of writes is left to end by itself', { error: describeError(failure) });
  }
}

const doubt = (words: string) => new OperatorError({ code: 'doubt' } as const, words);
