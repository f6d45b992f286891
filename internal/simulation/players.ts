import { Worker } from 'node:worker_threads';
import type { Answer, Request } from './player.ts';
import type { Outcome, Repertoire } from './repertoire.ts';

interface Asked {
  readonly request: Request;
  readonly settle: (answer: Answer) => void;
}

/**
 * Threads that play stories. In the main thread of a test run they would take half as long again: there Node follows every
 * promise, to know which test it belongs to.
 */
export class Players {
  readonly most: number;
  readonly #waiting: Asked[] = [];
  readonly #idle: Worker[] = [];
  #threads = 0;

  /** At most so many threads at once; they are made when there is work for them, and end with the process. */
  constructor(most: number) {
    this.most = most;
  }

  play<Name extends keyof Repertoire>(
    name: Name,
    ...given: Parameters<Repertoire[Name]>
  ): Promise<Awaited<ReturnType<Repertoire[Name]>>> {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Repertoire[Name]>>>();
    const settle = (answer: Answer): void => {
      if ('failure' in answer) reject(new Error(answer.failure));
      else resolve(answer.value as Awaited<ReturnType<Repertoire[Name]>>);
    };
    this.#waiting.push({ request: { name, given }, settle });
    const thread = this.#idle.pop() ?? (this.#threads < this.most ? this.#start() : undefined);
    if (thread !== undefined) this.#giveWork(thread);
    return promise;
  }

  #start(): Worker {
    this.#threads += 1;
    // Nearly all that a story makes dies young.
    const resourceLimits = { maxYoungGenerationSizeMb: 64 };
    return new Worker(new URL('./player.ts', import.meta.url), { resourceLimits });
  }

  #giveWork(thread: Worker): void {
    const asked = this.#waiting.shift();
    if (asked === undefined) {
      // Whoever has nothing to do keeps no process from ending.
      thread.unref();
      this.#idle.push(thread);
      return;
    }
    thread.ref();
    const fail = (failure: unknown): void => asked.settle({ failure: String(failure) });
    thread.once('error', fail);
    thread.once('message', (answer: Answer) => {
      thread.off('error', fail);
      asked.settle(answer);
      this.#giveWork(thread);
    });
    thread.postMessage(asked.request);
  }
}

/** Plays the stories of `count` seeds from `first` on; `onOutcome` hears of each as it ends. */
export async function playSeeds(
  { first, count }: { readonly first: number; readonly count: number },
  players: Players,
  onOutcome: (seed: number, outcome: Outcome) => void,
): Promise<void> {
  let next = first;
  const playOn = async (): Promise<void> => {
    while (next < first + count) {
      const seed = next;
      next += 1;
      onOutcome(seed, await players.play('seed', seed));
    }
  };
  await Promise.all(Array.from({ length: players.most }, playOn));
}
