import { describeError } from '../../../errors.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { type Duration, seconds } from '../../../time/units.ts';

/** How soon what is new in a Secret is found: the kubelet itself takes up to a minute to bring it. */
export const usualLook = seconds(10);

export type Look = () => Promise<void>;

export interface Looking {
  readonly clock: Clock;
  readonly log: Logger;
  readonly every: Duration;
}

/** Looks at what the kubelet has brought, all of it with one waking, until `signal` aborts. */
export async function keepLooking(
  looks: readonly Look[],
  { clock, log, every }: Looking,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(every, signal);
    if (signal.aborted) return;
    for (const look of looks) {
      // Whatever is wrong with the one is no reason not to look at the others.
      await look().catch((failure) => {
        log.error('what lies in a Secret could not be looked at', { because: describeError(failure) });
      });
    }
  }
}
