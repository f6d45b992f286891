/** What redis-server may start from. */
export type Source = 'aof' | 'rdb';
export type Persistence = 'aof' | 'rdb' | 'none';

/** What lies on the volume. */
export interface FoundFiles {
  /** Tells one state of the append-only files from every other: whatever is appended or rewritten changes it. */
  readonly aof: string | undefined;
  readonly rdb: boolean;
  /** The append-only files that the RDB was known to be at least as new as; undefined while there is no such mark. */
  readonly outdated: string | undefined;
}

/** The RDB holds all that the append-only files do: they are the very ones of the mark, or there are none. */
export const isRdbNewer = ({ aof, rdb, outdated }: FoundFiles): boolean =>
  rdb && (aof === undefined || aof === outdated);

/**
 * What a redis-server is started from: whichever is newer, for redis-server itself would take what its settings say and
 * pass over the other. Where nothing is to survive, nothing is kept up.
 */
export function sourceOf(persistence: Persistence, files: FoundFiles): Source {
  switch (persistence) {
    case 'aof':
      return isRdbNewer(files) ? 'rdb' : 'aof';
    case 'rdb':
      return files.aof === undefined || isRdbNewer(files) ? 'rdb' : 'aof';
    case 'none':
      return 'rdb';
  }
}

export interface PersistenceView {
  readonly wanted: Persistence;
  /** appendonly, as it is set. */
  readonly appendOnly: boolean;
  readonly files: FoundFiles;
  /** An RDB was begun and written since appending ended. */
  readonly saved: boolean;
}

/** What brings the files of a running redis-server to what is wanted, one step after another. */
export type PersistenceStep =
  | { readonly kind: 'settled' }
  /** CONFIG SET appendonly yes: Redis writes its append-only file anew. */
  | { readonly kind: 'append' }
  /** Until Redis has written it, the files on the volume are the old ones. */
  | { readonly kind: 'wait' }
  /** Takes the mark away: the append-only file is the newer one again. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'stopAppending' }
  | { readonly kind: 'save' }
  /** Marks the append-only files as outdated by the RDB. */
  | { readonly kind: 'mark' };

export function persistenceStep(view: PersistenceView): PersistenceStep {
  switch (view.wanted) {
    case 'aof':
      return stepToAppending(view);
    case 'rdb':
      return view.appendOnly ? { kind: 'stopAppending' } : stepToSnapshots(view);
    case 'none':
      return { kind: view.appendOnly ? 'stopAppending' : 'settled' };
  }
}

function stepToAppending({ appendOnly, files: { aof, outdated } }: PersistenceView): PersistenceStep {
  if (!appendOnly) return { kind: 'append' };
  if (aof === undefined || aof === outdated) return { kind: 'wait' };
  return { kind: outdated === undefined ? 'settled' : 'forget' };
}

/** An append-only file that nobody appends to any more must be known to be the older one. */
function stepToSnapshots({ files, saved }: PersistenceView): PersistenceStep {
  if (files.aof === undefined || isRdbNewer(files)) return { kind: 'settled' };
  return { kind: saved ? 'mark' : 'save' };
}
