/** Something that will happen at a point of the world's time, unless it is cancelled. */
interface Due {
  readonly at: number;
  readonly sequence: number;
  run: (() => void) | undefined;
}

/** A nanosecond: of less, the sum of a long story's time and a wait may be that time again, and whoever waits so would wait for ever. */
const shortest = 1e-6;

/**
 * The world's time, in milliseconds since the story began, and all that is yet to happen, in order. Nothing else in the
 * simulation makes anything happen, so the same beginning always has the same end.
 */
export class Scheduler {
  readonly #heap: Due[] = [];
  #sequence = 0;
  #now = 0;
  #hash = 0x811c9dc5;
  #events = 0;

  get now(): number {
    return this.#now;
  }

  get events(): number {
    return this.#events;
  }

  /** A fingerprint of everything that has happened so far. */
  get fingerprint(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** Makes a fact part of the fingerprint. */
  note(text: string): void {
    let hash = this.#hash;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    this.#hash = hash;
  }

  /** Returns the function that cancels it. */
  after(wait: number, run: () => void): () => void {
    return this.at(this.#now + (wait > 0 ? Math.max(wait, shortest) : 0), run);
  }

  /** What is to happen at the same point of time happens in the order of the calls: a wait until then would be rounded. */
  at(time: number, run: () => void): () => void {
    const due: Due = { at: Math.max(time, this.#now), sequence: this.#sequence, run };
    this.#sequence += 1;
    this.#push(due);
    return () => {
      due.run = undefined;
    };
  }

  /** Lets everything happen up to `end`; `afterEach` looks at the world after each event and all that followed at once. */
  async runUntil(end: number, afterEach: () => void): Promise<void> {
    // From within a microtask on, a tick runs when all microtasks have run; from outside it would run before them.
    await Promise.resolve();
    for (let due = this.#heap[0]; due !== undefined && due.at <= end; due = this.#heap[0]) {
      this.#pop();
      if (due.run === undefined) continue;
      this.#now = due.at;
      this.#events += 1;
      this.#hash = Math.imul(this.#hash ^ ((due.at * 1000) | 0) ^ due.sequence, 0x01000193);
      due.run();
      await allMicrotasks();
      afterEach();
    }
    this.#now = Math.max(this.#now, end);
  }

  #push(due: Due): void {
    this.#heap.push(due);
    this.#rise(this.#heap.length - 1, due);
  }

  /** Puts it where it belongs between here and the top. */
  #rise(from: number, due: Due): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !comesFirst(due, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = due;
  }

  /** What takes the place of the first is nearly always late: it goes to the bottom at once, and rises from there. */
  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && comesFirst(right, child)) {
        child = right;
        below += 1;
      }
      heap[index] = child;
      index = below;
    }
    this.#rise(index, last);
  }
}

const comesFirst = (one: Due, other: Due): boolean =>
  one.at < other.at || (one.at === other.at && one.sequence < other.sequence);

/** Resolves when no microtask is left: Node runs its next ticks only then. */
const allMicrotasks = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
