import type { Chance } from './chance.ts';
import type { SimProcess } from './process.ts';
import type { Scheduler } from './scheduler.ts';

/** Why a question over the network has no answer: `refused` nobody listens there, `silent` nothing came back in time. */
export class NoAnswer extends Error {
  readonly kind: 'refused' | 'silent';
  constructor(kind: 'refused' | 'silent') {
    super(kind === 'refused' ? 'nobody listens there' : 'no answer in time');
    this.kind = kind;
  }
}

/** Somebody who can be asked: where, and the process that answers if there is one. */
export interface Endpoint {
  readonly node: string;
  process(): SimProcess | undefined;
}

/** A message within a node, and between two. Milliseconds. */
const nearby = { least: 0.02, most: 0.08 };
const faraway = { least: 0.2, most: 0.9 };

/** The links between nodes. Each direction can be cut or slow on its own; what is sent into a cut is lost. */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #cuts = new Set<string>();
  readonly #slowness = new Map<string, number>();
  readonly #gone = new Set<string>();
  /** How many messages get through a cut all the same. */
  readonly #leaks = new Map<string, number>();
  readonly #onHealed: (() => void)[] = [];

  constructor(scheduler: Scheduler, chance: Chance) {
    this.#scheduler = scheduler;
    this.#chance = chance;
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  /** Ends the cut between two nodes, both ways. */
  join(one: string, other: string): void {
    this.#cuts.delete(`${one}>${other}`);
    this.#cuts.delete(`${other}>${one}`);
    for (const listener of this.#onHealed) listener();
  }

  /** The next message gets through this cut: a link that flaps. */
  leak(from: string, to: string): void {
    const link = `${from}>${to}`;
    this.#leaks.set(link, (this.#leaks.get(link) ?? 0) + 1);
  }

  /** Milliseconds more on each message in this direction. */
  slow(from: string, to: string, by: number): void {
    this.#slowness.set(`${from}>${to}`, by);
  }

  /** Nothing comes from this node, or goes to it, until it is back. */
  vanish(node: string): void {
    this.#gone.add(node);
  }

  comeBack(node: string): void {
    this.#gone.delete(node);
  }

  isGone(node: string): boolean {
    return this.#gone.has(node);
  }

  /** Takes every cut and slowness away; nodes that are gone stay gone. */
  heal(): void {
    this.#cuts.clear();
    this.#slowness.clear();
    this.#leaks.clear();
    for (const listener of this.#onHealed) listener();
  }

  onHealed(listener: () => void): void {
    this.#onHealed.push(listener);
  }

  isCut(from: string, to: string): boolean {
    if (this.#gone.size > 0 && (this.#gone.has(from) || this.#gone.has(to))) return true;
    return this.#cuts.size > 0 && from !== to && this.#cuts.has(`${from}>${to}`);
  }

  delay(from: string, to: string): number {
    const { least, most } = from === to ? nearby : faraway;
    const usual = this.#chance.between(least, most);
    return this.#slowness.size === 0 ? usual : usual + (this.#slowness.get(`${from}>${to}`) ?? 0);
  }

  /** Brings a message there, unless the way is cut when it leaves or when it would arrive. */
  send(from: string, to: string, deliver: () => void): void {
    if (this.isCut(from, to)) {
      if (this.#leaksThrough(`${from}>${to}`)) this.#scheduler.after(this.delay(from, to), deliver);
      return;
    }
    this.#scheduler.after(this.delay(from, to), () => {
      if (!this.isCut(from, to)) deliver();
    });
  }

  #leaksThrough(link: string): boolean {
    const left = this.#leaks.get(link) ?? 0;
    if (left > 0) this.#leaks.set(link, left - 1);
    return left > 0;
  }

  /**
   * Asks over the network. `serve` runs in the answering process; what it resolves or rejects with comes back, unless
   * the way back is cut. Rejects with NoAnswer `silent` when `signal` aborts first: it may or may not have happened.
   */
  ask<Answer>(
    caller: SimProcess,
    endpoint: Endpoint,
    serve: () => Answer | Promise<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    if (signal?.aborted) return Promise.reject(new NoAnswer('silent'));
    const { promise, ...question } = Promise.withResolvers<Answer>();
    const giveUp = (): void => question.reject(new NoAnswer('silent'));
    signal?.addEventListener('abort', giveUp, { once: true });
    const done = (): void => signal?.removeEventListener('abort', giveUp);
    this.#put({ ...question, done }, caller, endpoint, serve);
    return promise;
  }

  /** The same, with a limit in milliseconds of the world: of half the cost, for those who ask again and again. */
  askWithin<Answer>(
    limit: number,
    caller: SimProcess,
    endpoint: Endpoint,
    serve: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const { promise, ...question } = Promise.withResolvers<Answer>();
    const done = caller.later(limit, () => question.reject(new NoAnswer('silent')));
    this.#put({ ...question, done }, caller, endpoint, serve);
    return promise;
  }

  #put<Answer>(
    question: Question<Answer>,
    caller: SimProcess,
    endpoint: Endpoint,
    serve: () => Answer | Promise<Answer>,
  ): void {
    const back = (settle: () => void): void =>
      this.send(endpoint.node, caller.node, () =>
        caller.act(() => {
          question.done();
          settle();
        }),
      );
    this.send(caller.node, endpoint.node, () => {
      const server = endpoint.process();
      if (server?.alive !== true) back(() => question.reject(new NoAnswer('refused')));
      else server.act(() => answer(serve, back, question));
    });
  }
}

interface Question<Answer> {
  resolve(answer: Answer | PromiseLike<Answer>): void;
  reject(failure: unknown): void;
  /** Its answer is here: nobody gives up on it any more. */
  done(): void;
}

function answer<Answer>(
  serve: () => Answer | Promise<Answer>,
  back: (settle: () => void) => void,
  { resolve, reject }: Question<Answer>,
): void {
  const failed = (failure: unknown): void => back(() => reject(failure));
  try {
    const served = serve();
    if (served instanceof Promise) served.then((value) => back(() => resolve(value)), failed);
    else back(() => resolve(served));
  } catch (failure) {
    failed(failure);
  }
}
