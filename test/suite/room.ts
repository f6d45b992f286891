import { cpus } from 'node:os';
import type { Clock } from '../../internal/time/clock.ts';
import { seconds } from '../../internal/time/units.ts';

/** What the processors have done since the machine was started, in milliseconds. */
export interface Spent {
  /** For processes that yield to nobody. */
  readonly busy: number;
  readonly all: number;
}

/** Of all processors together. What has the lowest priority takes only what is left. */
export function spent(): Spent {
  const times = cpus().map((each) => each.times);
  const sum = (pick: (each: (typeof times)[number]) => number): number =>
    times.reduce((total, each) => total + pick(each), 0);
  const busy = sum(({ user, sys, irq }) => user + sys + irq);
  return { busy, all: busy + sum(({ nice, idle }) => nice + idle) };
}

/** What somebody let in computes shows within so long. */
const look = seconds(5);
/**
 * What is let in takes an eighth of two processors, or a third of slow ones, and all of them at times; where nothing is left
 * whatever has a time limit misses it: leases of seconds, probes of one.
 */
const full = 0.65;

interface Ports {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly spent: () => Spent;
}

/**
 * Lets in one after the other, each when the processors have had room for a few seconds, or when nobody is inside: so as many go on
 * at once as this machine carries, whether it is a fast one or not.
 */
export class Room {
  readonly #ports: Ports;
  #inside = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async within<Result>(use: () => Promise<Result>): Promise<Result> {
    this.#last = this.#last.then(() => this.#enter());
    await this.#last;
    try {
      return await use();
    } finally {
      this.#inside -= 1;
    }
  }

  async #enter(): Promise<void> {
    while (this.#inside > 0 && (await this.#share()) > full);
    this.#inside += 1;
  }

  async #share(): Promise<number> {
    const before = this.#ports.spent();
    await this.#ports.clock.sleep(look);
    const after = this.#ports.spent();
    return (after.busy - before.busy) / (after.all - before.all);
  }
}
