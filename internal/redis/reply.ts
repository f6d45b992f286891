/** What a server answers. Maps of RESP3 come as flat arrays of keys and values, as RESP2 has them. */
export type Reply = string | number | bigint | boolean | null | ReplyError | readonly Reply[];

/** An error reply, as a value: it answers one command and breaks nothing else. `code` is its first word. */
export class ReplyError {
  readonly code: string;
  readonly message: string;

  constructor(message: string) {
    this.message = message;
    this.code = message.split(' ', 1)[0] ?? '';
  }
}
