import { refusalError } from '../../kube/errors.ts';
import type { WatchEvent } from '../../kube/kube.ts';
import type { KubeObject, Resource, Selection } from '../../kube/objects.ts';
import type { Chance } from '../chance.ts';
import type { Endpoint, Network } from '../network.ts';
import type { SimProcess } from '../process.ts';
import type { ApiServer, Written } from './api-server.ts';
import { isSelected } from './objects.ts';

export interface WatchPlace {
  readonly server: ApiServer;
  readonly endpoint: Endpoint;
  readonly network: Network;
  readonly chance: Chance;
  readonly process: SimProcess;
}

export interface Watching {
  /** The next event; undefined when the watch has ended. */
  next(): Promise<WatchEvent<KubeObject> | undefined>;
  end(): void;
}

/** How often the API server says that there is nothing new, milliseconds. */
const bookmarkEvery = 60_000;
/** Some watches of a real server lag behind its writes: most by a millisecond, a few by much more. Milliseconds. */
const lag = { usually: 3, atTimes: 400, share: 0.05 };

/** Begins a watch; runs at the API server. Throws `expired` when what follows `resourceVersion` is forgotten. */
export function openWatch(
  { plural }: Resource,
  selection: Selection & { readonly resourceVersion: string },
  place: WatchPlace,
): Watching {
  const { server, process, chance } = place;
  const missed = server.changesAfter(Number(selection.resourceVersion));
  if (missed === undefined) {
    throw refusalError(
      {
        status: 410,
        body: JSON.stringify({ reason: 'Expired', message: 'too old a version' }),
        retryAfter: undefined,
      },
      'watch',
    );
  }
  const stream = new EventStream(place);
  const pass = (written: Written): void => {
    const event = written.plural === plural ? eventOf(written, selection) : undefined;
    if (event !== undefined) stream.send(event);
  };
  for (const written of missed) pass(written);
  const stopListening = server.onWrite(pass);
  const bookmark = (): void => {
    if (stream.ended) return;
    stream.send({ kind: 'bookmark', resourceVersion: String(server.version) });
    process.scheduler.after(bookmarkEvery, bookmark);
  };
  process.scheduler.after(bookmarkEvery * chance.between(0.5, 1), bookmark);
  stream.onEnd = stopListening;
  return stream;
}

function eventOf({ before, now }: Written, selection: Selection): WatchEvent<KubeObject> | undefined {
  const was = before !== undefined && isSelected(before, selection);
  if (now !== undefined && isSelected(now, selection))
    return { kind: was ? 'modified' : 'added', object: now };
  return was && before !== undefined ? { kind: 'deleted', object: now ?? before } : undefined;
}

/** What one watch sends, in order and late. It breaks off without a word when its way is cut. */
class EventStream implements Watching {
  readonly #place: WatchPlace;
  readonly #ready: WatchEvent<KubeObject>[] = [];
  #waiting: ((event: WatchEvent<KubeObject> | undefined) => void) | undefined;
  #last = 0;
  #ended = false;
  /** Something is lost on its way: nothing arrives any more that was sent after it. */
  #brokenOff = false;
  onEnd: (() => void) | undefined;

  constructor(place: WatchPlace) {
    this.#place = place;
  }

  get ended(): boolean {
    return this.#ended;
  }

  send(event: WatchEvent<KubeObject>): void {
    const { process, network, endpoint, chance } = this.#place;
    const { scheduler } = process;
    const late = chance.between(0, chance.happens(lag.share) ? lag.atTimes : lag.usually);
    this.#last = Math.max(this.#last, scheduler.now + late + network.delay(endpoint.node, process.node));
    scheduler.at(this.#last, () => {
      if (this.#ended || this.#brokenOff) return;
      if (network.isCut(endpoint.node, process.node)) this.#breakOff();
      else process.act(() => this.#arrive(event));
    });
  }

  next(): Promise<WatchEvent<KubeObject> | undefined> {
    const event = this.#ready.shift();
    if (event !== undefined || this.#ended) return Promise.resolve(event);
    const { promise, resolve } = Promise.withResolvers<WatchEvent<KubeObject> | undefined>();
    this.#waiting = resolve;
    return promise;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd?.();
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }

  #arrive(event: WatchEvent<KubeObject>): void {
    if (this.#ended) return;
    if (this.#waiting === undefined) this.#ready.push(event);
    else this.#waiting(event);
    this.#waiting = undefined;
  }

  /** TCP gives up on a connection after a while; the other end then hears of it when the way is open again. */
  #breakOff(): void {
    const { process } = this.#place;
    this.#brokenOff = true;
    this.onEnd?.();
    process.later(breaksAfter, () => this.end());
  }
}

/** Keep-alives of the connection find a cut out in about this time. Milliseconds. */
const breaksAfter = 5_000;
