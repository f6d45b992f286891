/**
 * What a pulse takes where there is room for one more. A machine that does nothing else takes 10 ms, whatever comes last beside it, and
 * one whose processors are all wanted 40 to 200 (measured): there whatever has a time limit misses it.
 */
const limit = 50;
/** What was let in takes seconds to begin in earnest, and what goes on has quiet moments. */
export const pulses = 2;

/**
 * Lets in one after the other, each when some pulses running were quick, or when nobody is inside: so as many go on at once as this
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
    for (let quick = 0; quick < pulses && this.#inside > 0; )
      quick = (await this.#pulse()) < limit ? quick + 1 : 0;
    this.#inside += 1;
  }
}
