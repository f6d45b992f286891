/** Why CONFIG SET was refused: one of the directives is `fixed` at the start, or a value is `wrong`. */
export type Refusal =
  | { readonly kind: 'fixed'; readonly name: string }
  | { readonly kind: 'wrong'; readonly words: string };

/** Reads Redis's answer to a CONFIG SET, of which then nothing was set. */
export function readRefusal(words: string): Refusal {
  const [, name] = /argument '([^']+)'\) - can't set (?:immutable|protected) config/.exec(words) ?? [];
  return name === undefined ? { kind: 'wrong', words } : { kind: 'fixed', name };
}
