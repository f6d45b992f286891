import type { OperatorError } from '../errors.ts';
import type { KubeObject, ObjectKey, Resource, Selection } from './objects.ts';
import type { Pod } from './resources.ts';

/**
 * Why the API server did not do what was asked.
 * `conflict` a resourceVersion, uid or field-manager conflict; `expired` a resourceVersion too old to continue (410);
 * `unreachable` no answer, or the connection broke: it may or may not have happened; `timeout` our own limit;
 * `namespaceTerminating` nothing can be created there any more, ever;
 * `invalid` the object was refused as it stands (422 or 400); `refused` any other answer.
 */
export type KubeErrorCode =
  | 'notFound'
  | 'alreadyExists'
  | 'conflict'
  | 'expired'
  | 'forbidden'
  | 'namespaceTerminating'
  | 'unauthorized'
  | 'invalid'
  | 'tooManyRequests'
  | 'unreachable'
  | 'timeout'
  | 'refused';

export type KubeError = OperatorError<{
  readonly code: KubeErrorCode;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
}>;

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface DeleteOptions {
  readonly preconditions?: Preconditions;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

export interface ListPage<Kind> {
  readonly items: readonly Kind[];
  readonly resourceVersion: string;
}

export type WatchEvent<Kind> =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: Kind }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/** The Kubernetes API as the rest of the project uses it. Every call rejects with a KubeError, or with a bug. */
export interface Kube {
  /** A live read; undefined when there is no such object. */
  get<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    signal?: AbortSignal,
  ): Promise<Kind | undefined>;
  /** All pages, gathered; one consistent resourceVersion. */
  list<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<ListPage<Kind>>;
  /** Events after `resourceVersion`, with bookmarks, until the server or `signal` ends it. */
  watch<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<Kind>>;
  create<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind>;
  /** Server-side apply under our one field manager, taking over fields that others hold. */
  apply<Kind extends KubeObject>(resource: Resource<Kind>, object: Kind, signal?: AbortSignal): Promise<Kind>;
  /** Replaces the whole object; its resourceVersion, when set, must still be the current one. */
  replace<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind>;
  /** Replaces the status alone; its resourceVersion must be set and still be the current one. */
  replaceStatus<Kind extends KubeObject>(
    resource: Resource<Kind>,
    object: Kind,
    signal?: AbortSignal,
  ): Promise<Kind>;
  /** A JSON merge patch. */
  patch<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    change: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Kind>;
  /** A JSON merge patch of the status alone. */
  patchStatus<Kind extends KubeObject>(
    resource: Resource<Kind>,
    key: ObjectKey,
    change: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Kind>;
  /** A strategic merge patch of a pod's subresource `resize`, in which containers go by their names. */
  patchResize(key: ObjectKey, change: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Pod>;
  /** Resolves too when there is nothing to delete. */
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions, signal?: AbortSignal): Promise<void>;
}
