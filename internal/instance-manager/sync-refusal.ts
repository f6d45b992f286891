import { after, type Moment, milliseconds, seconds } from '../time/units.ts';
import { parseLogLine } from './redis/log.ts';

/** That redis-server could not load the copy of the data that it was sent to follow another instance. */
export interface SyncRefusal {
  /** In Redis's own words. */
  readonly words: string;
  /** How often in a row. */
  readonly times: number;
  readonly at: Moment;
}

/** Redis says PRIMARY where it is Valkey; the line before says why. */
const failedToLoad = /^Failed trying to load the (MASTER|PRIMARY) synchronization DB/;

/** What is known after one more line of the log; `lines` are the last ones, this one included. */
export function hearRefusal(
  before: SyncRefusal | undefined,
  lines: readonly string[],
  at: Moment,
): SyncRefusal | undefined {
  const [previous, last] = lines.slice(-2).map(parseLogLine);
  const line = last ?? previous;
  if (line === undefined || !failedToLoad.test(line.message)) return before;
  const why = last !== undefined && previous?.level === 'warn' ? [previous.message] : [];
  return { words: [...why, line.message].join('; '), times: (before?.times ?? 0) + 1, at };
}

const firstWait = seconds(1);
/** A version of Redis that cannot read another one's data will never do: a fork of the primary a minute harms nobody. */
const longestWait = seconds(60);

/**
 * Until when the data is not asked for again. Redis itself asks again at once, ten times a second, and each time whoever it
 * follows forks a child that writes all of its data. A copy that was cut short on its way is asked for again at once.
 */
export function asksAgainAt({ times, at }: SyncRefusal): Moment {
  if (times <= 1) return at;
  const wait = milliseconds(Math.min(firstWait * 2 ** Math.min(times - 2, 10), longestWait));
  return after(at, wait);
}
