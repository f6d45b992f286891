import type { IncomingMessage } from 'node:http';
import { fieldManager } from '../../api/v1/names.ts';
import { invariant } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import { type Duration, seconds } from '../time/units.ts';
import type { KubeConfig } from './config.ts';
import { hasCode } from './errors.ts';
import type { DeleteOptions, Kube, ListPage, WatchEvent } from './kube.ts';
import { withoutManagedFields } from './managed-fields.ts';
import { apiVersionOf, type KubeObject, type ObjectKey, type Resource, type Selection } from './objects.ts';
import { collectionPath, objectPath, selectionQuery } from './paths.ts';
import { type Pod, pods } from './resources.ts';
import { type Request, Transport } from './transport.ts';
import { watchEvents } from './watch.ts';

/**
 * Every request is answered within this, a watch by its head: longer than the API server needs under load, shorter than
 * patience.
 */
export const requestLimit: Duration = seconds(10);
/** Objects to a page: the same as client-go's, so that the API server's caches and limits fit it. */
const pageSize = 500;

/** The thin client: keep-alive, pages, time limits, errors by code. Reasons on record in docs/adr/0001. */
export class KubeClient implements Kube {
  readonly #transport: Transport;
  readonly #clock: Clock;

  constructor(config: KubeConfig, clock: Clock) {
    this.#transport = new Transport(config, clock);
    this.#clock = clock;
  }

  async get<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    signal?: AbortSignal,
  ): Promise<Kind | undefined> {
    try {
      return await this.#object<Kind>({ method: 'GET', path: objectPath(resource, key, undefined) }, signal);
    } catch (failure) {
      if (hasCode(failure, 'notFound')) return undefined;
      throw failure;
    }
  }

  /** A list that takes longer than the API server keeps its snapshot is begun again, once. */
  async list<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<ListPage<Kind>> {
    try {
      return await this.#pages<Kind>(resource, selection, signal);
    } catch (failure) {
      if (!hasCode(failure, 'expired')) throw failure;
      return await this.#pages<Kind>(resource, selection, signal);
    }
  }

  watch<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<Kind>> {
    const { namespace, resourceVersion } = selection;
    const query = { ...selectionQuery(selection), watch: 1, allowWatchBookmarks: true, resourceVersion };
    const path = collectionPath(resource, namespace, query);
    return watchEvents<Kind>(() => this.#open({ method: 'GET', path }, signal));
  }

  create<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    const path = collectionPath(resource, object.metadata.namespace, { fieldManager });
    return this.#object({ method: 'POST', path, body: typed(resource, object) }, signal);
  }

  apply<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    const path = objectPath(resource, keyOf(object), undefined, { fieldManager, force: true });
    const contentType = 'application/apply-patch+yaml';
    return this.#object({ method: 'PATCH', path, body: typed(resource, object), contentType }, signal);
  }

  replace<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    const path = objectPath(resource, keyOf(object), undefined, { fieldManager });
    return this.#object({ method: 'PUT', path, body: typed(resource, object) }, signal);
  }

  replaceStatus<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind> {
    invariant(
      object.metadata.resourceVersion !== undefined,
      'a status is replaced only where it was read from',
    );
    const path = objectPath(resource, keyOf(object), 'status', { fieldManager });
    return this.#object({ method: 'PUT', path, body: typed(resource, object) }, signal);
  }

  patch<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    change: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return this.#object(mergePatch(objectPath(resource, key, undefined, { fieldManager }), change), signal);
  }

  patchStatus<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    change: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Kind> {
    return this.#object(mergePatch(objectPath(resource, key, 'status', { fieldManager }), change), signal);
  }

  patchResize(key: ObjectKey, change: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Pod> {
    const path = objectPath(pods, key, 'resize', { fieldManager });
    const contentType = 'application/strategic-merge-patch+json';
    return this.#object({ method: 'PATCH', path, body: change, contentType }, signal);
  }

  async delete(
    resource: Resource,
    key: ObjectKey,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...options };
    try {
      await this.#json({ method: 'DELETE', path: objectPath(resource, key, undefined), body }, signal);
    } catch (failure) {
      if (!hasCode(failure, 'notFound')) throw failure;
    }
  }

  /** Ends every connection, watches included. */
  close(): void {
    this.#transport.close();
  }

  async #pages<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<ListPage<Kind>> {
    const items: Kind[] = [];
    let page: RawPage<Kind> = { metadata: {} };
    do {
      const query = { ...selectionQuery(selection), limit: pageSize, continue: page.metadata.continue };
      page = (await this.#json(
        { method: 'GET', path: collectionPath(resource, selection.namespace, query) },
        signal,
      )) as RawPage<Kind>;
      for (const item of page.items ?? []) items.push(withoutManagedFields(item));
    } while (page.metadata.continue !== undefined && page.metadata.continue !== '');
    return { items, resourceVersion: page.metadata.resourceVersion ?? '' };
  }

  async #object<Kind extends KubeObject>(request: Request, signal: AbortSignal | undefined): Promise<Kind> {
    return withoutManagedFields((await this.#json(request, signal)) as Kind);
  }

  /** The limit is for the answer to begin; how long it lasts is up to `signal` and the API server. */
  async #open(request: Request, signal: AbortSignal): Promise<IncomingMessage> {
    const limit = new AbortController();
    const words = new DOMException('no answer in time', 'TimeoutError');
    const answered = this.#clock.schedule(requestLimit, () => limit.abort(words));
    try {
      return await this.#transport.open(request, AbortSignal.any([signal, limit.signal]));
    } finally {
      answered();
    }
  }

  #json(request: Request, signal: AbortSignal | undefined): Promise<unknown> {
    return this.#transport.json(request, this.#clock.deadline(requestLimit, signal));
  }
}

interface RawPage<Kind> {
  readonly items?: readonly Kind[];
  readonly metadata: { readonly continue?: string; readonly resourceVersion?: string };
}

const mergePatch = (path: string, body: unknown): Request => ({
  method: 'PATCH',
  path,
  body,
  contentType: 'application/merge-patch+json',
});

const keyOf = ({ metadata }: KubeObject): ObjectKey => ({
  namespace: metadata.namespace,
  name: metadata.name,
});

const typed = (resource: Resource, object: KubeObject): KubeObject => ({
  ...object,
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
});
