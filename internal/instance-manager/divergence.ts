/** How far a redis-server is in its history, and which history that began as. */
export interface History {
  readonly replicationId: string;
  readonly offset: number;
  /** The history that this one was before, and up to which offset they are one; undefined when there was none. */
  readonly forkedFrom?: Fork | undefined;
}

export interface Fork {
  readonly replicationId: string;
  readonly upTo: number;
}

/**
 * What of our own data another redis-server that we are to follow has not: nothing, so that Redis resumes, or only copies
 * what we have anyway; a known range of our own history, or nobody can tell.
 */
export type Divergence =
  | { readonly kind: 'none' }
  | { readonly kind: 'range'; readonly replicationId: string; readonly from: number; readonly to: number }
  | { readonly kind: 'unknown' };

/** How far it has come that data which is about to be replaced, and which nobody else has, is saved first. */
export type Aside =
  | { readonly kind: 'none' }
  | { readonly kind: 'wanted' | 'saving'; readonly divergence: Divergence; readonly failures: number }
  /** It was saved, or given up: this very data is not saved again. */
  | { readonly kind: 'settled'; readonly replicationId: string; readonly offset: number };

/** What the operator is told of data that was replaced, once it is known what became of it. */
export interface Divergent {
  readonly kept: boolean;
  readonly message: string;
}

interface Own extends History {
  readonly keys: number;
  /** It has led since it was last in sync with anybody: it may have what nobody else has. */
  readonly hasLed: boolean;
}

/** Compares what we have with what the primary says that it has. */
export function compareHistories(own: Own, primary: History): Divergence {
  const shared = sharedUpTo(own, primary);
  if (shared !== undefined) {
    const { replicationId, offset } = own;
    return offset <= shared ? none : { kind: 'range', replicationId, from: shared, to: offset };
  }
  if (own.keys === 0) return none;
  return own.hasLed || hasHistory(own) ? { kind: 'unknown' } : none;
}

const none: Divergence = { kind: 'none' };

/** One that has just loaded its files has none: whoever has never led then has what its primary had once. */
const hasHistory = ({ replicationId, offset }: History): boolean => replicationId !== '' && offset > 1;

/** Up to which offset the two have the same; undefined when they have no history in common that they know of. */
function sharedUpTo(own: History, other: History): number | undefined {
  const ends = stretchesOf(own).flatMap(({ replicationId, upTo }) =>
    stretchesOf(other)
      .filter((stretch) => stretch.replicationId === replicationId)
      .map((stretch) => Math.min(upTo, stretch.upTo)),
  );
  return ends.length === 0 ? undefined : Math.max(...ends);
}

const stretchesOf = ({ replicationId, offset, forkedFrom }: History): readonly Fork[] =>
  [{ replicationId, upTo: offset }, ...(forkedFrom === undefined ? [] : [forkedFrom])].filter(
    (stretch) => stretch.replicationId !== '',
  );
