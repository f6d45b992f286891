import { systemClock } from '../../internal/time/system-clock.ts';
import { between, type Duration, seconds } from '../../internal/time/units.ts';

/** Says what begins if it lasts, and what it took: silence for minutes looks like a hang. */
export async function step<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const start = systemClock.monotonic();
  const cancel = systemClock.schedule(seconds(2), () => say(`… ${what}`));
  try {
    const result = await work();
    say(`✓ ${what} (${inSeconds(between(start, systemClock.monotonic()))})`);
    return result;
  } finally {
    cancel();
  }
}

/** Progress goes to standard error: standard output is for what a command was asked for. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** As people read it: tenths only where they matter. */
export const inSeconds = (length: Duration): string =>
  `${(length / 1000).toFixed(length < 10_000 ? 1 : 0)} s`;
