import type { Clock } from '../time/clock.ts';
import type { Duration } from '../time/units.ts';

/** Calls `listener` with each change until the function that it returns is called. */
export type Listen = (listener: () => void) => () => void;

export interface Waking {
  readonly clock: Clock;
  readonly sources: readonly Listen[];
  /** After this long without a change; undefined for never. */
  readonly wait: Duration | undefined;
}

/** Resolves as soon as a change makes `isDue` true, after the wait, or when `signal` aborts. */
export async function untilDue(
  isDue: () => boolean,
  { clock, sources, wait }: Waking,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const wake = (): void => {
    if (isDue()) end();
  };
  const ends = sources.map((listen) => listen(wake));
  signal.addEventListener('abort', end, { once: true });
  if (!isDue() && !signal.aborted) {
    const cancel = wait === undefined ? undefined : clock.schedule(wait, end);
    await promise;
    cancel?.();
  }
  signal.removeEventListener('abort', end);
  for (const leave of ends) leave();
}
