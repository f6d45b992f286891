/** What a redis-server says of its own end in its log. */
export interface FinalWords {
  /** The offset at which its stream ended: its crash report says so. Undefined when there was none. */
  readonly offset: number | undefined;
  /** It ended in order and so many replicas, all that it had, had all of its stream; undefined when not all had. */
  readonly handedOverTo: number | undefined;
  /** Whether it has saved its data set at its end; undefined when it did not begin to. */
  readonly saved?: boolean;
}

export const noWords: FinalWords = { offset: undefined, handedOverTo: undefined };

/** It has stopped taking writes by then, and has killed a child that was saving: the next data set saved is its own, and all of it. */
const savesAtEnd = /Saving the final RDB snapshot before exiting/;

/** The words so far, and one line more. */
export function hearFinal(words: FinalWords, line: string): FinalWords {
  const [, offset] = /^master_repl_offset:(\d+)\s*$/.exec(line) ?? [];
  if (offset !== undefined) return { ...words, offset: Number(offset) };
  if (savesAtEnd.test(line)) return { ...words, saved: false };
  if (words.saved === false && /DB saved on disk/.test(line)) return { ...words, saved: true };
  const [, inSync, all] = /(\d+) of (\d+) replicas are in sync when shutting down/.exec(line) ?? [];
  return inSync === undefined ? words : { ...words, handedOverTo: inSync === all ? Number(all) : undefined };
}
