import type { Clock } from '../time/clock.ts';
import { type Duration, instant, moment } from '../time/units.ts';
import { Limit } from './limit.ts';
import type { Scheduler } from './scheduler.ts';

/** How a process's own clocks run, compared with the world's time. */
export interface Clockwork {
  /** Milliseconds of its clocks in a millisecond of the world; 1 is exact. */
  readonly rate: number;
  /** Where its monotonic clock stands when the story begins: clocks of two processes have nothing in common. */
  readonly offset: number;
  /** How far its machine's wall clock has been set forwards, in milliseconds; backwards below 0. */
  wallAhead?(): number;
}

/** The wall clock when a story begins: any fixed time will do. */
const storyBegins = Date.UTC(2026, 0, 1);

/**
 * A process of the simulated world. All that reaches its code, timers and answers alike, passes through `act`: what is
 * frozen acts later, what is dead never again, so whatever its code was about to do is cut off there.
 */
export class SimProcess {
  readonly name: string;
  readonly node: string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** When it began, in milliseconds of the world. */
  readonly startedAt: number;
  /** Is told once, when it ends. */
  onEnd: (() => void) | undefined;
  readonly #work: Clockwork;
  readonly #waiting: (() => void)[] = [];
  /** When it was last frozen until, in milliseconds of the world. */
  resumedAt = Number.NEGATIVE_INFINITY;
  /** For how long, in all, its monotonic clock stood still: its machine was suspended. Milliseconds of the world. */
  held = 0;
  /** Deadlines that have not passed yet. */
  readonly limits = new Set<Limit>();
  #suspendedAt: number | undefined;
  #alive = true;
  #frozen = false;

  constructor(scheduler: Scheduler, who: { readonly name: string; readonly node: string }, work: Clockwork) {
    this.scheduler = scheduler;
    this.startedAt = scheduler.now;
    this.name = who.name;
    this.node = who.node;
    this.#work = work;
    this.clock = clockOf(this, work);
  }

  /** Another program in the same process, once this one is dead: its clocks go on. */
  successor(): SimProcess {
    const made = new SimProcess(this.scheduler, this, this.#work);
    made.held = this.held;
    return made;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** At once, or behind all that it has yet to act on: what comes over one connection keeps its order. */
  act(run: () => void): void {
    if (!this.#alive) return;
    if (!this.#frozen && this.#waiting.length === 0) {
      run();
      return;
    }
    this.#waiting.push(run);
    if (!this.#frozen) this.#actSoon();
  }

  /** Acts after `wait` of the world's time. Returns the function that cancels it. */
  later(wait: number, run: () => void): () => void {
    let wanted = true;
    const once = (): void => {
      if (wanted) run();
    };
    const cancel = this.scheduler.after(wait, () => this.act(once));
    return () => {
      wanted = false;
      cancel();
    };
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** Its machine is suspended: it is frozen, and its monotonic clock stands still until it is resumed. */
  suspend(): void {
    this.freeze();
    this.#suspendedAt ??= this.scheduler.now;
  }

  /** What came meanwhile is acted on now, in its order, one at a time. */
  resume(): void {
    if (this.#suspendedAt !== undefined) this.held += this.scheduler.now - this.#suspendedAt;
    this.#suspendedAt = undefined;
    this.#frozen = false;
    this.resumedAt = this.scheduler.now;
    for (const _ of this.#waiting) this.#actSoon();
  }

  #actSoon(): void {
    this.scheduler.after(0, () => {
      if (this.#alive && !this.#frozen) this.#waiting.shift()?.();
    });
  }

  /** Nothing is waited for any more. */
  giveUp(): void {
    for (const limit of this.limits) limit.end();
  }

  /** Ends it where it stands. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#waiting.length = 0;
    this.onEnd?.();
  }
}

function clockOf(process: SimProcess, { rate, offset, wallAhead = () => 0 }: Clockwork): Clock {
  const { scheduler } = process;
  /** Timers stand still with the clock. */
  const schedule = (wait: Duration, action: () => void): (() => void) => {
    const due = scheduler.now + wait / rate - process.held;
    const { held } = process;
    let cancel = process.later(wait / rate, () => {
      if (process.held === held) action();
      else cancel = process.later(due + process.held - scheduler.now, action);
    });
    return () => cancel();
  };
  return {
    now: () => instant(Math.floor(storyBegins + scheduler.now * rate + wallAhead())),
    monotonic: () => moment(offset + (scheduler.now - process.held) * rate),
    schedule,
    sleep: (wait, signal) => {
      if (signal?.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = schedule(wait, wake);
      signal?.addEventListener('abort', wake);
      return promise;
    },
    deadline: (wait, parent) => {
      const limit = new Limit();
      if (parent?.aborted) return parent;
      const end = (): void => {
        cancel();
        process.limits.delete(limit);
        parent?.removeEventListener('abort', end);
        limit.end();
      };
      const cancel = schedule(wait, end);
      process.limits.add(limit);
      parent?.addEventListener('abort', end);
      return limit;
    },
  };
}
