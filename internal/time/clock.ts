import type { Duration, Instant, Moment } from './units.ts';

/**
 * Why a wait ended that something else has ended: nobody reads it. Made once, for each one takes a picture of the stack,
 * which costs an idle instance more than what it waits for.
 */
export const awaitedNoMore = new DOMException('it is not waited for any more', 'AbortError');

/** Time as everything but main sees it: a port, so that the simulated world can own it. */
export interface Clock {
  /** Wall-clock time: for what people and other processes read. It may jump. */
  now(): Instant;
  /** This machine's monotonic time: for measuring how long something takes or lasts. It goes on when a process starts anew. */
  monotonic(): Moment;
  /** Resolves after `wait`, or at once when `signal` aborts; never rejects. */
  sleep(wait: Duration, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `wait`, unless the returned function is called first. */
  schedule(wait: Duration, action: () => void): () => void;
  /** A signal that aborts after `wait`, or as soon as `parent` does. */
  deadline(wait: Duration, parent?: AbortSignal): AbortSignal;
}
