import { sameJson } from '../../controller/cluster/resources/same-json.ts';
import { refusalError } from '../../kube/errors.ts';
import type { DeleteOptions, ListPage } from '../../kube/kube.ts';
import { keyOf } from '../../kube/memory-store.ts';
import type { KubeObject, ObjectKey, Resource, Selection } from '../../kube/objects.ts';
import { type Pod, pods } from '../../kube/resources.ts';
import type { Clock } from '../../time/clock.ts';
import { toRfc3339 } from '../../time/units.ts';
import { applied, isSelected, mergePatch, textOf } from './objects.ts';

/** One change of one object; one of the two is undefined at birth and at death. */
export interface Written {
  readonly version: number;
  readonly plural: string;
  readonly before: KubeObject | undefined;
  readonly now: KubeObject | undefined;
}

export type WriteListener = (written: Written) => void;

const refusal = (status: number, reason: string, message: string) =>
  refusalError(
    { status, body: JSON.stringify({ reason, message }), retryAfter: undefined },
    'the simulated API server',
  );
const conflict = (message: string) => refusal(409, 'Conflict', message);
const notFound = (key: ObjectKey) => refusal(404, 'NotFound', `${textOf(key)} is not there`);

/** Kinds whose deletion waits for somebody: the kubelet removes a pod once its processes have ended. */
const removedByOthers = new Set(['pods']);

/** The state of an API server: objects by kind, one counter of versions, and every change in order. Answers at once. */
export class ApiServer {
  readonly #clock: Clock;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #history: Written[] = [];
  readonly #listeners = new Set<WriteListener>();
  /** It knows of the subresource `resize`. */
  resizesPods = true;
  #version = 1;
  #uids = 0;
  /** Changes up to this version are forgotten: a watch from before it has to list anew. */
  #forgottenTo = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get version(): number {
    return this.#version;
  }

  onWrite(listener: WriteListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The changes after `version`; undefined when some of them are forgotten. */
  changesAfter(version: number): readonly Written[] | undefined {
    if (version < this.#forgottenTo) return undefined;
    const first = this.#history.findIndex((written) => written.version > version);
    return first < 0 ? [] : this.#history.slice(first);
  }

  forgetHistory(): void {
    this.#forgottenTo = this.#version;
  }

  get<Kind extends KubeObject>({ plural }: Resource<Kind>, key: ObjectKey): Kind | undefined {
    return this.#kind(plural).get(textOf(key)) as Kind | undefined;
  }

  list<Kind extends KubeObject>({ plural }: Resource<Kind>, selection: Selection): ListPage<Kind> {
    const items = [...this.#kind(plural).values()].filter((object) => isSelected(object, selection));
    return {
      items: items as readonly KubeObject[] as readonly Kind[],
      resourceVersion: String(this.#version),
    };
  }

  create<Kind extends KubeObject>(resource: Resource<Kind>, object: Kind): Kind {
    if (this.get(resource, keyOf(object)) !== undefined) {
      throw refusal(409, 'AlreadyExists', `${object.metadata.name} exists`);
    }
    this.#uids += 1;
    const uid = `uid-${this.#uids}`;
    const creationTimestamp = toRfc3339(this.#clock.now());
    const metadata = { ...object.metadata, uid, creationTimestamp, generation: 1 };
    return this.#write(resource, undefined, { ...object, kind: resource.kind, metadata });
  }

  apply<Kind extends KubeObject>(resource: Resource<Kind>, desired: Kind): Kind {
    const live = this.get(resource, keyOf(desired));
    if (live === undefined) return this.create(resource, desired);
    return this.#write(resource, live, applied(live, desired) as Kind);
  }

  replace<Kind extends KubeObject>(resource: Resource<Kind>, object: Kind): Kind {
    return this.#write(resource, this.#current(resource, object), object);
  }

  replaceStatus<Kind extends KubeObject>(resource: Resource<Kind>, object: Kind): Kind {
    const live = this.#current(resource, object);
    return this.#write(resource, live, { ...live, status: (object as { readonly status?: unknown }).status });
  }

  patch<Kind extends KubeObject>(resource: Resource<Kind>, key: ObjectKey, change: object): Kind {
    const live = this.get(resource, key);
    if (live === undefined) throw notFound(key);
    const { metadata } = change as {
      readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
    };
    if (metadata?.uid !== undefined && metadata.uid !== live.metadata.uid) throw conflict('another uid');
    if (
      metadata?.resourceVersion !== undefined &&
      metadata.resourceVersion !== live.metadata.resourceVersion
    ) {
      throw conflict('another version');
    }
    return this.#write(resource, live, mergePatch(live, change) as Kind);
  }

  /** The resources of one container of a pod; null takes one away. */
  resize(key: ObjectKey, change: object): Pod {
    const live = this.get(pods, key);
    if (live === undefined) throw notFound(key);
    if (!this.resizesPods) throw refusal(404, 'NotFound', 'the server could not find the requested resource');
    const { metadata, spec } = change as Pod;
    const containers = live.spec?.containers.map((container) => {
      const changed = spec?.containers.find(({ name }) => name === container.name);
      return changed === undefined ? container : mergePatch(container, changed);
    });
    return this.patch(pods, key, { metadata, spec: { containers } });
  }

  delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): void {
    const live = this.get(resource, key);
    if (live === undefined) return;
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== live.metadata.uid) throw conflict('another uid');
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw conflict('another version');
    }
    if (!removedByOthers.has(resource.plural) || options.gracePeriodSeconds === 0) {
      this.remove(resource, key);
    } else if (live.metadata.deletionTimestamp === undefined) this.#markDeleted(resource, live);
  }

  #markDeleted(resource: Resource, live: KubeObject): void {
    const deletionTimestamp = toRfc3339(this.#clock.now());
    this.#write(resource, live, { ...live, metadata: { ...live.metadata, deletionTimestamp } });
  }

  /** Takes an object away, whoever may still hold on to it. */
  remove({ plural }: Resource, key: ObjectKey): void {
    const before = this.#kind(plural).get(textOf(key));
    if (before === undefined) return;
    this.#kind(plural).delete(textOf(key));
    this.#version += 1;
    this.#tell({ version: this.#version, plural, before, now: undefined });
  }

  #current<Kind extends KubeObject>(resource: Resource<Kind>, object: Kind): Kind {
    const live = this.get(resource, keyOf(object));
    if (live === undefined) throw notFound(keyOf(object));
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw conflict(`${object.metadata.name} has been modified`);
    }
    return live;
  }

  /** What changes nothing is no write, and gets no version. */
  #write<Kind extends KubeObject>({ plural }: Resource<Kind>, before: Kind | undefined, object: Kind): Kind {
    if (before !== undefined && sameContent(before, object)) return before;
    this.#version += 1;
    const generation = generationOf(before, object);
    const metadata = { ...object.metadata, resourceVersion: String(this.#version), generation };
    const now = { ...object, metadata };
    this.#kind(plural).set(textOf(keyOf(now)), now);
    this.#tell({ version: this.#version, plural, before, now });
    return now;
  }

  #tell(written: Written): void {
    this.#history.push(written);
    for (const listener of [...this.#listeners]) listener(written);
  }

  #kind(plural: string): Map<string, KubeObject> {
    const held = this.#objects.get(plural) ?? new Map<string, KubeObject>();
    this.#objects.set(plural, held);
    return held;
  }
}

/** Versions of the spec are counted, whoever changes it and however. */
function generationOf(before: KubeObject | undefined, now: KubeObject): number {
  const { generation = 1 } = (before ?? now).metadata;
  return before === undefined || sameJson(specIn(before), specIn(now)) ? generation : generation + 1;
}
const specIn = (object: KubeObject): unknown => (object as { readonly spec?: unknown }).spec;

const sameContent = (one: KubeObject, other: KubeObject): boolean =>
  sameJson(contentOf(one), contentOf(other));
const contentOf = ({ metadata, ...rest }: KubeObject): unknown => ({
  ...rest,
  metadata: { ...metadata, resourceVersion: undefined, generation: undefined },
});
