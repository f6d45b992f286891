import { readFile, rename, writeFile } from 'node:fs/promises';
import type { ListPage, WatchEvent } from '../../../internal/kube/kube.ts';
import type { KubeObject } from '../../../internal/kube/objects.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import type { ClusterApi } from './one-cluster.ts';

const lookEvery = milliseconds(20);

/** A RedisCluster in a file, for a manager in a process of its own. */
export class FileCluster implements ClusterApi {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Replaces the object as a whole. */
  async write(object: KubeObject): Promise<void> {
    await writeFile(`${this.#path}.new`, JSON.stringify(object));
    await rename(`${this.#path}.new`, this.#path);
  }

  async get<Kind extends KubeObject>(): Promise<Kind> {
    return JSON.parse(await readFile(this.#path, 'utf8')) as Kind;
  }

  async list<Kind extends KubeObject>(): Promise<ListPage<Kind>> {
    const object = await this.get<Kind>();
    return { items: [object], resourceVersion: object.metadata.resourceVersion ?? '' };
  }

  async *watch<Kind extends KubeObject>(
    _resource: unknown,
    selection: { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kind>> {
    let seen: string | undefined = selection.resourceVersion;
    while (!signal.aborted) {
      const object = await this.get<Kind>();
      if (object.metadata.resourceVersion !== seen) yield { kind: 'modified', object };
      seen = object.metadata.resourceVersion;
      await systemClock.sleep(lookEvery, signal);
    }
  }
}
