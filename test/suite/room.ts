/**
 * What pulses take, in the mean, where there is room for one more, in milliseconds. A machine that does nothing else takes 10, whatever
 * comes last beside it. With as many steps inside as there may be, six pulses were below 30 every other time on a machine that bears
 * them, and one time in thirty on one of half its speed, where deadlines were missed as soon as others were let in below 50 (measured).
 */
const limit = 30;
/**
 * So many are the mean of. Single ones tell little: between 8 and 800 ms on the slower of the two. And what was let in takes seconds to
 * begin in earnest: a window that is filled anew for each that waits is as long as that.
 */
export const pulses = 6;

/**
 * Lets in one after the other, each when the last pulses were quick, or when nobody is inside: so as many go on at once as this
 * machine carries, whether it is a fast one or not, and whatever else it does.
 */
export class Room {
  /** Resolves to how many milliseconds the next pulse took. */
  readonly #pulse: () => Promise<number>;
  #inside = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(pulse: () => Promise<number>) {
    this.#pulse = pulse;
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
    for (const taken: number[] = []; !areQuick(taken) && this.#inside > 0; ) taken.push(await this.#pulse());
    this.#inside += 1;
  }
}

function areQuick(taken: readonly number[]): boolean {
  const last = taken.slice(-pulses);
  return last.length === pulses && last.reduce((sum, took) => sum + took, 0) / pulses < limit;
}
