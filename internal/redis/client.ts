import { type RedisAddress, RedisConnection } from './connection.ts';
import type { Reply, ReplyError } from './reply.ts';

/** A connection that is made when it is first needed, and again after it broke. */
export class RedisClient {
  readonly #address: RedisAddress;
  readonly #password: () => Promise<string | undefined>;
  #connection: Promise<RedisConnection> | undefined;

  /** `password` is asked for at each new connection, since it may have been replaced. */
  constructor(address: RedisAddress, password: () => Promise<string | undefined>) {
    this.#address = address;
    this.#password = password;
  }

  /** Rejects with a RedisError. Nothing is sent twice: whoever asks decides whether to ask again. */
  async send(words: readonly string[], signal: AbortSignal): Promise<Exclude<Reply, ReplyError>> {
    const connection = await this.#connected(signal);
    return await connection.send(words, signal);
  }

  close(): void {
    this.#connection?.then((connection) => connection.close()).catch(() => undefined);
    this.#connection = undefined;
  }

  async #connected(signal: AbortSignal): Promise<RedisConnection> {
    const held = await this.#connection?.catch(() => undefined);
    if (held !== undefined && !held.broken) return held;
    const opening = this.#open(signal);
    this.#connection = opening;
    return await opening;
  }

  async #open(signal: AbortSignal): Promise<RedisConnection> {
    const connection = await RedisConnection.open(this.#address, signal);
    const password = await this.#password();
    if (password === undefined) return connection;
    try {
      await connection.send(['AUTH', password], signal);
      return connection;
    } catch (failure) {
      connection.close();
      throw failure;
    }
  }
}
