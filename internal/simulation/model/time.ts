import { leasePolicy } from '../../control/lease.ts';
import { type Duration, type Moment, milliseconds, moment } from '../../time/units.ts';

/**
 * Time goes in ticks of half a lease, and everything that happens in between happens at once. So the two moments that
 * matter most lie on the grid: a lease that a slow clock takes for not quite over, and the same length on a fast one.
 */
export const silenceSeconds = 3;
const lengths = leasePolicy(silenceSeconds);
const tick: Duration = milliseconds(lengths.lease / 2);

/** Two clocks drift apart by less than a hundredth: as `clockDrift` in internal/control/lease.ts. */
const drift = 1.01;

/** Every age is counted back from here. */
export const now: Moment = moment(1_000_000);

/** How old something of so many ticks is for the primary, whose clock is as slow as the drift permits. */
export const onSlowClock = (ticks: number): Duration => milliseconds((ticks * tick) / drift);

/** The same for everybody who waits for the primary's lease to end. */
export const onFastClock = (ticks: number): Duration => milliseconds(ticks * tick);

const ticksOf = (length: number, clock: (ticks: number) => number): number => {
  let ticks = 0;
  while (clock(ticks) < length) ticks += 1;
  return ticks;
};

/** An age of so many ticks, or of more, is the same for everybody: no lease is that long, no fence that young. */
export const leaseOver = ticksOf(lengths.lease, onSlowClock);
export const promiseSettled = ticksOf(lengths.settling, onFastClock);
export const fenceSettledTwice = ticksOf(2 * lengths.settling, onFastClock);
/** What is held up for longer than any wait in the protocol comes too late to do anything new. */
export const heldUpAtMost = promiseSettled + 1;
