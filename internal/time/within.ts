import type { Clock } from './clock.ts';
import type { Duration } from './units.ts';

export interface Patience {
  readonly clock: Clock;
  readonly wait: Duration;
  readonly signal: AbortSignal;
}

/**
 * Does something with a signal that aborts after the wait, or as soon as `signal` does. As with `deadline`, but what has been
 * done in time leaves no timer behind: each wakes an idle process a second later, and takes a picture of the stack for nobody.
 */
export async function within<Result>(
  { clock, wait, signal }: Patience,
  act: (limit: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const giveUp = (): void => limit.abort(signal.reason);
  const cancel = clock.schedule(wait, () => limit.abort(new DOMException('the time is up', 'TimeoutError')));
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await act(limit.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}

/** Waits for what is under way already, but not for longer than that; it goes on in any case. Leaves no timer behind. */
export async function forAtMost(wait: Duration, underWay: Promise<void>, clock: Clock): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.schedule(wait, resolve);
  await Promise.race([underWay.finally(cancel), late]);
}
