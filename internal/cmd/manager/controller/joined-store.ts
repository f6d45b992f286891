import type { KubeObject } from '../../../kube/objects.ts';
import type { Store } from '../../../kube/store.ts';

/** Several caches of one kind, one for each namespace, read as one. */
export function joinStores<Kind extends KubeObject>(stores: readonly Store<Kind>[]): Store<Kind> {
  const [only] = stores;
  if (only !== undefined && stores.length === 1) return only;
  return {
    get: (key) => stores.map((store) => store.get(key)).find((object) => object !== undefined),
    all: () => stores.flatMap((store) => [...store.all()]),
    indexed: (value) => stores.flatMap((store) => store.indexed(value)),
    get synced() {
      return stores.every((store) => store.synced);
    },
  };
}
