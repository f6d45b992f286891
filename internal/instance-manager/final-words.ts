/** What a redis-server says of its own end in its log. */
export interface FinalWords {
  /** The offset at which its stream ended: its crash report says so. Undefined when there was none. */
  readonly offset: number | undefined;
  /** It ended in order and so many replicas, all that it had, had all of its stream; undefined when not all had. */
  readonly handedOverTo: number | undefined;
}

export const noWords: FinalWords = { offset: undefined, handedOverTo: undefined };

/** The words so far, and one line more. */
export function hearFinal(words: FinalWords, line: string): FinalWords {
  const [, offset] = /^master_repl_offset:(\d+)\s*$/.exec(line) ?? [];
  if (offset !== undefined) return { ...words, offset: Number(offset) };
  const [, inSync, all] = /(\d+) of (\d+) replicas are in sync when shutting down/.exec(line) ?? [];
  return inSync === undefined ? words : { ...words, handedOverTo: inSync === all ? Number(all) : undefined };
}
