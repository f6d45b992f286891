import type { Clock } from './clock.ts';
import { type Duration, instant, moment } from './units.ts';

/** The real clock. The only place in the project where timers are made. */
export const systemClock: Clock = {
  now: () => instant(Date.now()),
  monotonic: () => moment(sinceMachineStarted()),
  sleep,
  schedule: (wait, action) => {
    const timer = setTimeout(action, wait);
    return () => clearTimeout(timer);
  },
  deadline: (wait, parent) => {
    // It takes whole milliseconds only, and refuses what lies in the past.
    const limit = AbortSignal.timeout(Math.max(0, Math.ceil(wait)));
    return parent === undefined ? limit : AbortSignal.any([limit, parent]);
  },
};

/**
 * Counted from when the machine started, not from when this process did: a moment that was told by the process before this
 * one never looks young (docs/failover.md, grants).
 */
const sinceMachineStarted = (): number => Number(process.hrtime.bigint()) / nanosecondsPerMillisecond;

const nanosecondsPerMillisecond = 1_000_000;

async function sleep(wait: Duration, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, wait);
  const wake = (): void => resolve();
  signal?.addEventListener('abort', wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener('abort', wake);
}
