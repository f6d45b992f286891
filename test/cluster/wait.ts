import { OperatorError } from '../../internal/errors.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { after, type Duration, milliseconds } from '../../internal/time/units.ts';

/** Asks again and again until `holds` says so. Throws TimedOut, naming `what`, when that lasts longer than `limit`. */
export async function waitUntil(
  what: string,
  limit: Duration,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  const end = after(systemClock.monotonic(), limit);
  while (!(await holds())) {
    if (systemClock.monotonic() > end) {
      throw new OperatorError({ code: 'TimedOut' }, `${what}: not within ${limit / 1000} s`);
    }
    await systemClock.sleep(milliseconds(100));
  }
}
