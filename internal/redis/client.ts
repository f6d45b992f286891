import { OperatorError } from '../errors.ts';
import { type RedisAddress, RedisConnection, type RedisError } from './connection.ts';
import { logIn } from './log-in.ts';
import type { Reply, ReplyError } from './reply.ts';

/** A connection that is made when it is first needed, and again after it broke. */
export class RedisClient {
  readonly #address: RedisAddress;
  readonly #passwords: () => Promise<readonly string[]>;
  #standing: RedisConnection | undefined;
  #opening: Promise<RedisConnection> | undefined;
  #closed = false;
  #shown: string | undefined;

  /** `passwords` are asked for at each new connection, since they may have been replaced: the first that is taken is used. */
  constructor(address: RedisAddress, passwords: () => Promise<readonly string[]>) {
    this.#address = address;
    this.#passwords = passwords;
  }

  /** Rejects with a RedisError. Nothing is sent twice: whoever asks decides whether to ask again. */
  async send(words: readonly string[], signal: AbortSignal): Promise<Exclude<Reply, ReplyError>> {
    const connection = await this.#connected(signal);
    return await connection.send(words, signal);
  }

  /**
   * As `send`, but over the connection that stands already: what was asked for after looking at a server must never
   * reach another one that has taken its place. Rejects with a RedisError when that connection is gone.
   */
  async sendToSame(words: readonly string[], signal: AbortSignal): Promise<Exclude<Reply, ReplyError>> {
    if (this.#standing === undefined) throw unreachable('there is no connection');
    return await this.#standing.send(words, signal);
  }

  /** Which password the connection that stands was made with; undefined for none. */
  get shown(): string | undefined {
    return this.#shown;
  }

  /** Ends the connection for good. */
  close(): void {
    this.#closed = true;
    this.#standing?.close();
  }

  async #connected(signal: AbortSignal): Promise<RedisConnection> {
    if (this.#standing?.broken === false) return this.#standing;
    this.#opening ??= this.#open(signal).finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  async #open(signal: AbortSignal): Promise<RedisConnection> {
    if (this.#closed) throw unreachable('the client is closed');
    const connection = await RedisConnection.open(this.#address, signal);
    try {
      this.#shown = await logIn(connection, await this.#passwords(), signal);
      if (this.#closed) throw unreachable('the client is closed');
    } catch (failure) {
      connection.close();
      throw failure;
    }
    this.#standing = connection;
    return connection;
  }
}

const unreachable = (message: string): RedisError =>
  new OperatorError({ code: 'unreachable', reply: undefined } as const, message);
