/** Structured facts beside the words: plain JSON values, never a secret. */
export type Fields = Readonly<Record<string, unknown>>;

/** Where the loops narrate. Pure code does not log. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger whose every line carries `fields` too. */
  child(fields: Fields): Logger;
}
