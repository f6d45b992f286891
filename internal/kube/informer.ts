import { describeError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import { type Duration, milliseconds, seconds } from '../time/units.ts';
import { backoff, longer } from './backoff.ts';
import { askedToWait, hasCode } from './errors.ts';
import type { Kube, WatchEvent } from './kube.ts';
import { type IndexOf, keyOf, keyText, MemoryStore } from './memory-store.ts';
import type { KubeObject, Resource, Selection } from './objects.ts';
import type { Store } from './store.ts';

/**
 * What an informer tells: an object as it is now, and as it was; one of the two is undefined at birth and at death. One
 * that was deleted and made anew under the same name while nobody watched is told as a death and a birth.
 */
export interface Change<Kind> {
  readonly before: Kind | undefined;
  readonly now: Kind | undefined;
}

export interface InformerOptions<Kind extends KubeObject> {
  readonly resource: Resource<Kind>;
  readonly selection: Selection;
  /** What is kept of each object; everything by default. */
  readonly project?: (object: Kind) => Kind;
  /** The values an object can be found by. */
  readonly index?: IndexOf<Kind>;
  /** Called for each change, in order. It only enqueues a key: what it throws is logged, and the informer goes on. */
  readonly onChange: (change: Change<Kind>) => void;
}

export interface InformerPorts {
  readonly kube: Pick<Kube, 'list' | 'watch'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * A watch that says nothing for so long is taken for dead: the API server sends a bookmark about every minute, and a
 * connection cut without a word says nothing at all.
 */
export const idleLimit = seconds(150);
/** client-go waits 0.8 s at first and 30 s at most. We come back sooner at first: a failover may depend on it. */
const retry = { first: milliseconds(400), most: seconds(30) };

/** Keeps a cache of one kind equal to what the API server has, for as long as `run` runs, through every kind of outage. */
export class Informer<Kind extends KubeObject> {
  readonly #options: InformerOptions<Kind>;
  readonly #ports: InformerPorts;
  readonly #store: MemoryStore<Kind>;
  readonly #synced = Promise.withResolvers<void>();
  #failures = 0;
  /** What was known had expired and was listed anew, and nothing has been heard of the watch since. */
  #relisted = false;

  constructor(options: InformerOptions<Kind>, ports: InformerPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#store = new MemoryStore(options.index ?? (() => []));
  }

  get store(): Store<Kind> {
    return this.#store;
  }

  /** Resolves once the first list is in the store. */
  waitForSync(): Promise<void> {
    return this.#synced.promise;
  }

  /** Lists, then watches, again and again until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let from: string | undefined;
    while (!signal.aborted) {
      try {
        from ??= await this.#list(signal);
        from = await this.#watch(from, signal);
      } catch (failure) {
        if (signal.aborted) return;
        if (hasCode(failure, 'expired')) from = undefined;
        if (failure instanceof WatchEnded) from = failure.at;
        await this.#pause(failure, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { resource, selection } = this.#options;
    const page = await this.#ports.kube.list(resource, selection, signal);
    const present = new Set(page.items.map((item) => keyText(keyOf(item))));
    for (const item of page.items) this.#put(item);
    for (const held of [...this.#store.all()]) {
      if (!present.has(keyText(keyOf(held)))) this.#remove(held);
    }
    if (!this.#relisted) this.#failures = 0;
    this.#store.synced = true;
    this.#synced.resolve();
    return page.resourceVersion;
  }

  /** Resolves to where the next watch is to go on when this one ends in order. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    const { resource, selection } = this.#options;
    const idle = new AbortController();
    const events = this.#ports.kube.watch(
      resource,
      { ...selection, resourceVersion: from },
      AbortSignal.any([signal, idle.signal]),
    );
    let at = from;
    let heard = false;
    const giveUp = (): void => idle.abort(new Error('nothing was heard for too long'));
    let rest = this.#ports.clock.schedule(idleLimit, giveUp);
    try {
      for await (const event of events) {
        rest();
        rest = this.#ports.clock.schedule(idleLimit, giveUp);
        heard = true;
        this.#failures = 0;
        this.#relisted = false;
        at = this.#absorb(event, at);
      }
      if (!heard) throw new Error('it ended without a word');
      return at;
    } catch (cause) {
      if (hasCode(cause, 'expired')) throw cause;
      throw new WatchEnded(at, cause);
    } finally {
      rest();
    }
  }

  #absorb(event: WatchEvent<Kind>, at: string): string {
    if (event.kind === 'bookmark') return event.resourceVersion;
    if (event.kind === 'deleted') this.#remove(event.object);
    else this.#put(event.object);
    return event.object.metadata.resourceVersion ?? at;
  }

  /** What is known already stays as it was told. */
  #put(object: Kind): void {
    const now = this.#options.project?.(object) ?? object;
    const before = this.#store.get(keyOf(now));
    const isSame = before?.metadata.uid === now.metadata.uid;
    if (isSame && before?.metadata.resourceVersion === now.metadata.resourceVersion) return;
    this.#store.put(now);
    if (isSame || before === undefined) this.#tell({ before, now });
    else {
      this.#tell({ before, now: undefined });
      this.#tell({ before: undefined, now });
    }
  }

  #remove(object: Kind): void {
    const before = this.#store.remove(keyOf(object));
    if (before !== undefined) this.#tell({ before, now: undefined });
  }

  #tell(change: Change<Kind>): void {
    try {
      this.#options.onChange(change);
    } catch (failure) {
      const object = change.now ?? change.before;
      this.#ports.log.error('a change could not be passed on', {
        kind: this.#options.resource.kind,
        object: object === undefined ? undefined : keyText(keyOf(object)),
        because: describeError(failure),
      });
    }
  }

  async #pause(failure: unknown, signal: AbortSignal): Promise<void> {
    const wait = this.#waitAfter(failure);
    this.#ports.log.warn('the cache is cut off', {
      kind: this.#options.resource.kind,
      because: describeError(failure),
      retryInMs: Math.round(wait),
    });
    await this.#ports.clock.sleep(wait, signal);
  }

  /** What has expired is listed anew at once, but only once: when that does not help, it is no use to hurry. */
  #waitAfter(failure: unknown): Duration {
    const hurry = hasCode(failure, 'expired') && !this.#relisted;
    this.#relisted = hasCode(failure, 'expired');
    if (hurry) return milliseconds(0);
    this.#failures++;
    const wait = backoff(this.#failures, retry, this.#ports.random());
    return longer(wait, askedToWait(failure instanceof WatchEnded ? failure.cause : failure));
  }
}

/** A watch that broke off, and how far it had come. */
class WatchEnded extends Error {
  readonly at: string;
  constructor(at: string, cause: unknown) {
    super('the watch broke off', { cause });
    this.at = at;
  }
}
