import type { Clock } from './clock.ts';
import { after, type Duration, type Instant, instant, type Moment, milliseconds, moment } from './units.ts';

interface Timer {
  readonly at: Moment;
  readonly action: () => void;
}

/** A clock that stands still until a test moves its hands. */
export class HandClock implements Clock {
  #moment = moment(0);
  readonly #timers = new Set<Timer>();

  now(): Instant {
    return after(instant(Date.UTC(2026, 0, 1)), milliseconds(this.#moment));
  }

  monotonic(): Moment {
    return this.#moment;
  }

  /** How many timers wait: none may be left behind. */
  get waiting(): number {
    return this.#timers.size;
  }

  async sleep(wait: Duration, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.schedule(wait, resolve);
    signal?.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    cancel();
  }

  schedule(wait: Duration, action: () => void): () => void {
    const timer = { at: after(this.#moment, wait), action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  deadline(wait: Duration, parent?: AbortSignal): AbortSignal {
    const limit = new AbortController();
    this.schedule(wait, () => limit.abort(new DOMException('the time is up', 'TimeoutError')));
    return parent === undefined ? limit.signal : AbortSignal.any([limit.signal, parent]);
  }

  /** Moves the hands, stopping at each timer that ends on the way, and lets everything happen that follows from it. */
  async pass(length: Duration): Promise<void> {
    const end = after(this.#moment, length);
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#moment = moment(Math.max(this.#moment, next.at));
      next.action();
      await settle();
    }
    this.#moment = end;
  }

  #next(end: Moment): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.sort((one, other) => one.at - other.at)[0];
  }
}

/** Lets everything happen that only waits for its turn, and what follows from that. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn();
}

/** Waits for its turn, as an answer from elsewhere does. */
export function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
