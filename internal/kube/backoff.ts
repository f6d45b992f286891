import { type Duration, milliseconds } from '../time/units.ts';

export interface BackoffLimits {
  readonly first: Duration;
  readonly most: Duration;
}

/**
 * How long to wait after the `failures`th failure in a row, doubling from `first` to `most`. `random` is from 0 to 1; half
 * of each wait is left to chance, so that those who failed together do not come back together.
 */
export function backoff(failures: number, limits: BackoffLimits, random: number): Duration {
  const doubled = Math.min(limits.most, limits.first * 2 ** Math.min(failures - 1, 30));
  return milliseconds(doubled / 2 + (doubled / 2) * random);
}

export const longer = (one: Duration, other: Duration): Duration => milliseconds(Math.max(one, other));
