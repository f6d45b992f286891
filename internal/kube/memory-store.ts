import type { KubeObject, ObjectKey } from './objects.ts';
import type { Store } from './store.ts';

export type IndexOf<Kind> = (object: Kind) => readonly string[];

export const keyText = ({ namespace, name }: ObjectKey): string => `${namespace ?? ''}/${name}`;
export const keyOf = ({ metadata }: KubeObject): ObjectKey => ({
  namespace: metadata.namespace,
  name: metadata.name,
});

/** The cache that one informer writes and everybody else reads. */
export class MemoryStore<Kind extends KubeObject> implements Store<Kind> {
  readonly #objects = new Map<string, Kind>();
  readonly #index = new Map<string, Map<string, Kind>>();
  readonly #indexOf: IndexOf<Kind>;
  synced = false;

  constructor(indexOf: IndexOf<Kind>) {
    this.#indexOf = indexOf;
  }

  get(key: ObjectKey): Kind | undefined {
    return this.#objects.get(keyText(key));
  }

  all(): Iterable<Kind> {
    return this.#objects.values();
  }

  indexed(value: string): readonly Kind[] {
    return [...(this.#index.get(value)?.values() ?? [])];
  }

  /** Puts `object` in place of the one that had its name; returns that one. */
  put(object: Kind): Kind | undefined {
    const before = this.remove(keyOf(object));
    const key = keyText(keyOf(object));
    this.#objects.set(key, object);
    for (const value of this.#indexOf(object)) {
      const entries = this.#index.get(value) ?? new Map<string, Kind>();
      this.#index.set(value, entries.set(key, object));
    }
    return before;
  }

  remove(key: ObjectKey): Kind | undefined {
    const text = keyText(key);
    const before = this.#objects.get(text);
    if (before === undefined) return undefined;
    this.#objects.delete(text);
    for (const value of this.#indexOf(before)) {
      const entries = this.#index.get(value);
      entries?.delete(text);
      if (entries?.size === 0) this.#index.delete(value);
    }
    return before;
  }
}
