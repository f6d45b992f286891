import { describeError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import { after, between, type Duration, type Moment, milliseconds, seconds } from '../time/units.ts';
import { backoff, longer } from './backoff.ts';
import { askedToWait } from './errors.ts';

export interface QueueOptions {
  /** How many keys are worked on at once. */
  readonly workers: number;
  /** Works on one key and says when to come back to it; a rejection means soon, later each time. */
  readonly work: (key: string, signal: AbortSignal) => Promise<Duration | undefined>;
  readonly observe?: (outcome: {
    readonly key: string;
    readonly took: Duration;
    readonly failed: unknown;
  }) => void;
}

export interface QueuePorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

/** How a queue ends. */
export interface Stopping {
  /** What has begun is better ended than cut short; 0 where it is to be cut short at once. */
  readonly patience: Duration;
  readonly limit: Duration;
}

/** client-go's limits for one item, capped sooner: a cluster must not be left alone for a quarter of an hour. */
const retry = { first: milliseconds(5), most: seconds(30) };

/**
 * A queue of keys, each at most once in it and never worked on twice at a time. A key that is added while it is worked
 * on is worked on once more afterwards. Whoever works reads the newest state, so nothing but the key is kept.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #ports: QueuePorts;
  readonly #due = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly at: Moment; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  #closed = false;
  readonly #stopping = new AbortController();

  constructor(options: QueueOptions, ports: QueuePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  get depth(): number {
    return this.#due.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#cancelLater(key);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#due.add(key);
    this.#start();
  }

  /** Adds `key` after `wait`; of several waits the one that ends first counts. */
  addAfter(key: string, wait: Duration): void {
    if (this.#closed) return;
    const at = after(this.#ports.clock.monotonic(), wait);
    const planned = this.#later.get(key);
    if (planned !== undefined && planned.at <= at) return;
    this.#cancelLater(key);
    const cancel = this.#ports.clock.schedule(wait, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { at, cancel });
  }

  /** Takes no more work, lets what runs go on for `patience`, tells it to end then, and waits for it for `limit` at most. */
  async stop({ patience, limit }: Stopping): Promise<void> {
    this.#closed = true;
    this.#due.clear();
    for (const key of [...this.#later.keys()]) this.#cancelLater(key);
    await this.#ended(patience);
    this.#stopping.abort();
    await this.#ended(limit);
  }

  /** Resolves when nothing runs any more, after `limit` at the latest. */
  async #ended(limit: Duration): Promise<void> {
    const limited = new AbortController();
    const all = Promise.allSettled(this.#running.values());
    await Promise.race([all, this.#ports.clock.sleep(limit, limited.signal)]);
    limited.abort();
  }

  #start(): void {
    for (const key of this.#due) {
      if (this.#running.size >= this.#options.workers) return;
      this.#due.delete(key);
      // It begins only once it is noted as running: it may add its own key at once.
      this.#running.set(
        key,
        Promise.resolve().then(() => this.#work(key)),
      );
    }
  }

  async #work(key: string): Promise<void> {
    const started = this.#ports.clock.monotonic();
    let failed: unknown;
    try {
      const revisit = await this.#options.work(key, this.#stopping.signal);
      this.#failures.delete(key);
      if (revisit !== undefined) this.addAfter(key, revisit);
    } catch (failure) {
      failed = failure;
      this.#retry(key, failure);
    }
    this.#options.observe?.({ key, took: between(started, this.#ports.clock.monotonic()), failed });
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
    this.#start();
  }

  #retry(key: string, failure: unknown): void {
    if (this.#closed) return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const wait = longer(backoff(failures, retry, this.#ports.random()), askedToWait(failure));
    this.#ports.log.warn('the tick failed', {
      key,
      failures,
      because: describeError(failure),
      retryInMs: Math.round(wait),
    });
    this.addAfter(key, wait);
  }

  #cancelLater(key: string): void {
    this.#later.get(key)?.cancel();
    this.#later.delete(key);
  }
}
