import { randomUUID } from 'node:crypto';
import { refusalError } from '../../internal/kube/errors.ts';
import type { DeleteOptions, Preconditions, WatchEvent } from '../../internal/kube/kube.ts';
import { keyOf, keyText } from '../../internal/kube/memory-store.ts';
import type { KubeObject, ObjectKey, Resource, Selection } from '../../internal/kube/objects.ts';
import { merged } from './merge.ts';

type Anything = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

interface Entry {
  readonly version: number;
  readonly plural: string;
  readonly event: { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: Anything };
}

/** Objects of any kind in memory, with versions, preconditions and watches: as much of an API server as is asked for here. */
export class ApiServer {
  readonly #objects = new Map<string, Anything>();
  readonly #history: Entry[] = [];
  #changed = Promise.withResolvers<void>();

  get version(): number {
    return this.#history.length;
  }

  /** Resolves at the next write. */
  get nextChange(): Promise<void> {
    return this.#changed.promise;
  }

  get<Kind extends KubeObject = Anything>(resource: Resource<Kind>, key: ObjectKey): Kind | undefined {
    return this.#objects.get(pathOf(resource, key)) as Kind | undefined;
  }

  list<Kind extends KubeObject = Anything>(resource: Resource<Kind>, selection: Selection): readonly Kind[] {
    return [...this.#objects.entries()]
      .filter(([path, object]) => path.startsWith(`${resource.plural}/`) && selects(selection, object))
      .map(([, object]) => object as unknown as Kind);
  }

  /** What happened to the selected objects after this version. */
  since(resource: Resource, selection: Selection, version: number): readonly WatchEvent<Anything>[] {
    return this.#history
      .slice(version)
      .filter(({ plural, event }) => plural === resource.plural && selects(selection, event.object))
      .map(({ event }) => event);
  }

  create(resource: Resource, object: Anything): Anything {
    const key = keyOf(object);
    if (this.get(resource, key) !== undefined) throw refused(409, 'AlreadyExists', key);
    const birth = { uid: randomUUID(), creationTimestamp: new Date().toISOString(), generation: 1 };
    return this.#put(resource, 'added', { ...object, metadata: { ...object.metadata, ...birth } });
  }

  /** A merge, of which nothing is heard when it changes nothing. */
  change(resource: Resource, key: ObjectKey, change: unknown): Anything {
    const held = this.#held(resource, key, preconditionsIn(change));
    const now = merged(held, change) as Anything;
    const meta = { ...now.metadata, resourceVersion: held.metadata.resourceVersion ?? '' };
    const same = JSON.stringify({ ...now, metadata: meta }) === JSON.stringify(held);
    return same ? held : this.#put(resource, 'modified', { ...now, metadata: meta });
  }

  replaceStatus(resource: Resource, { metadata, status }: Anything): Anything {
    const { resourceVersion = '' } = metadata;
    const held = this.#held(resource, metadata as ObjectKey, { resourceVersion });
    return this.#put(resource, 'modified', { ...held, status });
  }

  /** A pod is only marked: its kubelet takes it away. */
  delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): void {
    const held = this.#held(resource, key, options.preconditions ?? {});
    if (resource.plural !== 'pods') this.remove(resource, key);
    else if (held.metadata.deletionTimestamp === undefined) {
      this.change(resource, key, { metadata: { deletionTimestamp: new Date().toISOString() } });
    }
  }

  remove(resource: Resource, key: ObjectKey): void {
    const held = this.get(resource, key);
    if (held === undefined) return;
    this.#put(resource, 'deleted', held);
    this.#objects.delete(pathOf(resource, key));
  }

  #held(resource: Resource, key: ObjectKey, wanted: Preconditions): Anything {
    const held = this.get(resource, key);
    if (held === undefined) throw refused(404, 'NotFound', key);
    const { uid, resourceVersion } = held.metadata;
    const stale = wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion;
    if (stale || (wanted.uid !== undefined && wanted.uid !== uid)) throw refused(409, 'Conflict', key);
    return held;
  }

  #put(resource: Resource, kind: Entry['event']['kind'], object: Anything): Anything {
    const version = this.version + 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.#objects.set(pathOf(resource, keyOf(object)), stored);
    this.#history.push({ version, plural: resource.plural, event: { kind, object: stored } });
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
    return stored;
  }
}

const pathOf = ({ plural }: Resource, key: ObjectKey): string => `${plural}/${keyText(key)}`;

function preconditionsIn(change: unknown): Preconditions {
  const { metadata } = change as { readonly metadata?: Preconditions };
  return {
    ...(metadata?.uid === undefined ? {} : { uid: metadata.uid }),
    ...(metadata?.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
  };
}

/** A label selector is always one label that must be there, a field selector always a name. */
function selects({ namespace, labelSelector, fieldSelector }: Selection, { metadata }: KubeObject): boolean {
  const inNamespace = namespace === undefined || namespace === metadata.namespace;
  const labelled = labelSelector === undefined || metadata.labels?.[labelSelector] !== undefined;
  return (
    inNamespace &&
    labelled &&
    (fieldSelector ?? `metadata.name=${metadata.name}`) === `metadata.name=${metadata.name}`
  );
}

const refused = (status: number, reason: string, { name }: ObjectKey): Error =>
  refusalError(
    { status, body: JSON.stringify({ reason, message: name }), retryAfter: undefined },
    'in memory',
  );
