import type { KubeObject, ObjectKey } from './objects.ts';

/** A read-only cache of one kind, kept by an informer. What it holds may be a moment old. */
export interface Store<Kind extends KubeObject> {
  get(key: ObjectKey): Kind | undefined;
  all(): Iterable<Kind>;
  /** The objects whose index function gave `value`; see InformerOptions.index. */
  indexed(value: string): readonly Kind[];
  /** True once the first list is complete; false again never. */
  readonly synced: boolean;
}
