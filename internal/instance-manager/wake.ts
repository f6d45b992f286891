import { awaitedNoMore, type Clock } from '../time/clock.ts';
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
  const woken = new AbortController();
  const wake = (): void => {
    if (isDue()) woken.abort(awaitedNoMore);
  };
  const ends = sources.map((listen) => listen(wake));
  const either = AbortSignal.any([signal, woken.signal]);
  if (!isDue() && !signal.aborted) await (wait === undefined ? aborted(either) : clock.sleep(wait, either));
  for (const end of ends) end();
}

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (!signal.aborted) await promise;
}
