import { silenceError } from '../../kube/errors.ts';
import type { DeleteOptions, Kube, ListPage, WatchEvent } from '../../kube/kube.ts';
import type { KubeObject, ObjectKey, Resource, Selection } from '../../kube/objects.ts';
import type { Pod } from '../../kube/resources.ts';
import { seconds } from '../../time/units.ts';
import type { Chance } from '../chance.ts';
import { type Endpoint, type Network, NoAnswer } from '../network.ts';
import type { SimProcess } from '../process.ts';
import type { ApiServer } from './api-server.ts';
import { openWatch, type WatchPlace } from './watch.ts';

export interface KubePlace {
  readonly server: ApiServer;
  readonly endpoint: Endpoint;
  readonly network: Network;
  readonly chance: Chance;
}

/** As the real client's own limit. */
const requestLimit = seconds(10);

/** How long the API server works on a request, milliseconds (measured on a small one: 1 to 10). */
const workTime = { least: 1, most: 10 };

/** The API server as one process reaches it over the network. */
export class SimKube implements Kube {
  readonly #process: SimProcess;
  readonly #place: KubePlace;
  /** Is told what it is about to change in a status, when the request leaves. */
  onOrder: ((change: Readonly<Record<string, unknown>>) => void) | undefined;
  /** Is told of each request that changes something, once it has had its effect and before its answer is sent. */
  onEffect: ((what: string) => void) | undefined;

  constructor(process: SimProcess, place: KubePlace) {
    this.#process = process;
    this.#place = place;
  }

  get<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    signal?: AbortSignal,
  ): Promise<Kind | undefined> {
    return this.#ask(() => this.#place.server.get(resource, key), signal);
  }

  list<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<ListPage<Kind>> {
    return this.#ask(() => this.#place.server.list(resource, selection), signal);
  }

  async *watch<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kind>> {
    const place: WatchPlace = { ...this.#place, process: this.#process };
    const watching = await this.#ask(() => openWatch(resource, selection, place), signal);
    const end = (): void => watching.end();
    signal.addEventListener('abort', end, { once: true });
    try {
      for (let event = await watching.next(); event !== undefined; event = await watching.next()) {
        yield event as WatchEvent<Kind>;
      }
    } finally {
      signal.removeEventListener('abort', end);
      watching.end();
    }
  }

  create<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return this.#change(`create ${resource.kind}`, () => this.#place.server.create(resource, object), signal);
  }

  apply<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return this.#change(`apply ${resource.kind}`, () => this.#place.server.apply(resource, object), signal);
  }

  replace<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return this.#change(
      `replace ${resource.kind}`,
      () => this.#place.server.replace(resource, object),
      signal,
    );
  }

  replaceStatus<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    const serve = (): Kind => this.#place.server.replaceStatus(resource, object);
    return this.#change(`replaceStatus ${resource.kind}`, serve, signal);
  }

  patch<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    change: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return this.#change(
      `patch ${resource.kind}`,
      () => this.#place.server.patch(resource, key, change),
      signal,
    );
  }

  patchStatus<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    change: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Kind> {
    this.onOrder?.(change);
    return this.patch(resource, key, change, signal);
  }

  patchResize(key: ObjectKey, change: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Pod> {
    return this.#change('resize Pod', () => this.#place.server.resize(key, change), signal);
  }

  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions, signal?: AbortSignal): Promise<void> {
    const serve = (): void => this.#place.server.delete(resource, key, options);
    return this.#change(`delete ${resource.kind}`, serve, signal);
  }

  #change<Answer>(what: string, serve: () => Answer, signal: AbortSignal | undefined): Promise<Answer> {
    const served = (): Answer => {
      const answer = serve();
      this.onEffect?.(what);
      return answer;
    };
    return this.#ask(served, signal);
  }

  /** A real API server looks things up, and asks its own store. */
  #afterAWhile<Answer>(serve: () => Answer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#process.scheduler.after(this.#place.chance.between(workTime.least, workTime.most), () => {
      try {
        resolve(serve());
      } catch (failure) {
        reject(failure);
      }
    });
    return promise;
  }

  async #ask<Answer>(serve: () => Answer, signal: AbortSignal | undefined): Promise<Answer> {
    const { network, endpoint } = this.#place;
    const limit = this.#process.clock.deadline(requestLimit, signal);
    try {
      return await network.ask(this.#process, endpoint, () => this.#afterAWhile(serve), limit);
    } catch (failure) {
      if (!(failure instanceof NoAnswer)) throw failure;
      throw silenceError(failure.kind === 'silent' ? 'timeout' : 'unreachable', 'a request', failure);
    }
  }
}
