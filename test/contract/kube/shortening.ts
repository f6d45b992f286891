import type { Clock } from '../../../internal/time/clock.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import type { Duration } from '../../../internal/time/units.ts';

/** The real clock, on which one limit is over sooner than it says: nobody waits minutes for a test. */
export function shortening(limit: Duration, to: Duration): Clock {
  const shortened = (wait: Duration): Duration => (wait === limit ? to : wait);
  return {
    ...systemClock,
    schedule: (wait, action) => systemClock.schedule(shortened(wait), action),
    deadline: (wait, parent) => systemClock.deadline(shortened(wait), parent),
  };
}
