/** A failure we expect in production and handle by its code. Anything else is a bug and ends the tick. */
export class OperatorError<Details extends { readonly code: string }> extends Error {
  readonly details: Details;

  constructor(details: Details, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = details.code;
    this.details = details;
  }
}

/** States what must be true here; a false condition is our own bug, never the cluster's. */
export function invariant(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`broken invariant: ${rule}`);
}

/** Ends a switch whose cases the compiler has checked for completeness. */
export function unreachable(value: never): never {
  throw new Error(`broken invariant: no case for ${JSON.stringify(value)}`);
}

/** The text of whatever was thrown, with the texts of its causes, outermost first. */
export function describeError(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const text = thrown.message === '' ? thrown.name : thrown.message;
  return thrown.cause === undefined ? text : `${text}: ${describeError(thrown.cause)}`;
}
