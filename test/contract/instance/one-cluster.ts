import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { silenceError } from '../../../internal/kube/errors.ts';
import type { Kube, ListPage, WatchEvent } from '../../../internal/kube/kube.ts';
import type { KubeObject } from '../../../internal/kube/objects.ts';

/** What instances need of an API server that holds one RedisCluster: live reads, and a watch that can be cut off. */
export type ClusterApi = Pick<Kube, 'get' | 'list' | 'watch'>;

/** A RedisCluster as the API server would give it to the instances of one test. */
export class OneCluster implements ClusterApi {
  /** Requests that are answered while this is false are not: the API server cannot be reached. */
  reachable = true;
  /** While this is true watches say nothing: caches grow old. */
  watchesHang = false;
  /** Ordinals of the instances that cannot reach the API server, while others can. */
  readonly cutOff = new Set<number>();
  reads = 0;
  /** Passwords by the names of their Secrets. */
  readonly passwords = new Map<string, string>();
  #version = 1;
  #object: KubeObject & { readonly spec: unknown; readonly status: unknown };
  readonly #watchers = new Set<() => void>();

  constructor(name: string, namespace: string, spec: Readonly<Record<string, unknown>>) {
    const metadata = { name, namespace, uid: `uid-of-${name}`, resourceVersion: '1' };
    this.#object = { apiVersion: 'redis.io/v1', kind: 'RedisCluster', metadata, spec, status: {} };
  }

  /** Replaces spec or status, as a write through the API server would. */
  write(part: { readonly spec?: unknown; readonly status?: Partial<RedisCluster['status']> }): void {
    this.#version += 1;
    const metadata = { ...this.#object.metadata, resourceVersion: String(this.#version) };
    this.#object = { ...this.#object, ...part, metadata };
    for (const wake of this.#watchers) wake();
  }

  /** Replaces all annotations. */
  annotate(annotations: Readonly<Record<string, string>>): void {
    this.#object = { ...this.#object, metadata: { ...this.#object.metadata, annotations } };
    this.write({});
  }

  /** The API server as the instance with this ordinal reaches it. */
  seenBy(ordinal: number): ClusterApi {
    const reached = (): OneCluster => {
      if (this.cutOff.has(ordinal))
        throw silenceError('unreachable', 'GET', new Error('cut off by the test'));
      return this;
    };
    return {
      get: async (resource, { name }) =>
        await (resource.plural === 'secrets' ? reached().#secret(name) : reached().get()),
      list: async () => await reached().list(),
      watch: (resource, selection, signal) => reached().watch(resource, selection, signal),
    };
  }

  async get<Kind extends KubeObject>(): Promise<Kind | undefined> {
    this.reads += 1;
    return await Promise.resolve(this.#answer<Kind>());
  }

  async list<Kind extends KubeObject>(): Promise<ListPage<Kind>> {
    return await Promise.resolve({ items: [this.#answer<Kind>()], resourceVersion: String(this.#version) });
  }

  async *watch<Kind extends KubeObject>(
    _resource: unknown,
    selection: { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kind>> {
    let seen = selection.resourceVersion;
    while (!signal.aborted) {
      if (seen !== String(this.#version) && !this.watchesHang) {
        const object = this.#answer<Kind>();
        seen = String(this.#version);
        yield { kind: 'modified', object };
      } else await this.#changed(signal);
    }
  }

  #secret<Kind extends KubeObject>(name: string): Promise<Kind | undefined> {
    const password = this.passwords.get(name);
    const secret = { metadata: { name }, data: { password: btoa(password ?? '') } };
    return Promise.resolve(password === undefined ? undefined : (secret as unknown as Kind));
  }

  #answer<Kind extends KubeObject>(): Kind {
    if (!this.reachable) throw silenceError('unreachable', 'GET', new Error('cut off by the test'));
    return this.#object as unknown as Kind;
  }

  async #changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#watchers.delete(resolve);
  }
}
