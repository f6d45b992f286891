import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import type { ObjectWriter } from './objects.ts';

/** Makes, changes and deletes numbered objects, one after another without end, and remembers what it did. */
export class History {
  /** As the informer's test would tell it: see `toldOf`. */
  readonly written: string[] = [];
  /** Attempts that were not answered: it may have been done all the same. */
  unanswered = 0;
  readonly #writer: ObjectWriter;
  readonly #names: string[] = [];
  #steps = 0;

  constructor(writer: ObjectWriter) {
    this.#writer = writer;
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await this.step();
  }

  /** The same while the server is away: what is not answered is given up, and the next is tried a little later. */
  async throughOutages(done: () => boolean): Promise<void> {
    while (!done()) {
      try {
        await this.step();
      } catch {
        this.unanswered++;
        await systemClock.sleep(milliseconds(100));
      }
    }
  }

  /** Of three objects that are made, one is deleted; those in between are changed. */
  async step(): Promise<void> {
    const step = this.#steps++;
    const text = String(step);
    if (step % 3 === 0) {
      const name = `object-${step}`;
      const { metadata } = await this.#writer.create(name, { step: text });
      this.#names.push(name);
      this.written.push(`${name} ${metadata.resourceVersion}`);
    } else if (step % 9 === 8) {
      const name = this.#names.shift() ?? '';
      await this.#writer.delete(name);
      this.written.push(`${name} gone`);
    } else {
      const name = this.#names[step % this.#names.length] ?? '';
      const { metadata } = await this.#writer.change(name, { step: text });
      this.written.push(`${name} ${metadata.resourceVersion}`);
    }
  }
}
