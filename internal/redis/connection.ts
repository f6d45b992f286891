import { connect, type Socket } from 'node:net';
import { OperatorError } from '../errors.ts';
import { encodeCommand } from './encode.ts';
import { ReplyParser } from './parser.ts';
import { type Reply, ReplyError } from './reply.ts';

/**
 * Why a command has no result. `unreachable` no connection, or it broke: the command may or may not have been carried out;
 * `timeout` no answer before the signal aborted; `refused` the server said no, `reply` holds the first word of its answer.
 */
export type RedisError = OperatorError<{
  readonly code: 'unreachable' | 'timeout' | 'refused';
  readonly reply: string | undefined;
}>;

export type RedisAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** INFO and what is asked with it are 1,700 bytes; more comes in several pieces. */
const pieceSize = 16 * 1024;

/**
 * Where what the server says is put: always to the same place, and past the machinery of streams, which would take 64 KiB
 * for each answer and costs an idle instance more than reading it.
 */
class Answers {
  readonly buffer = Buffer.allocUnsafeSlow(pieceSize);
  take: (chunk: Buffer) => void = () => undefined;

  readonly callback = (length: number): boolean => {
    this.take(Buffer.from(this.buffer.subarray(0, length)));
    return true;
  };
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: RedisError) => void;
}

/** One connection to one server. Commands may be sent without waiting for the answers to earlier ones. */
export class RedisConnection {
  readonly #socket: Socket;
  readonly #parser = new ReplyParser();
  readonly #waiting: Waiting[] = [];
  #broken: RedisError | undefined;

  private constructor(socket: Socket, answers: Answers) {
    this.#socket = socket;
    answers.take = (chunk) => this.#receive(chunk);
    socket.on('error', (cause) => this.#break(cause));
    socket.on('close', () => this.#break(new Error('the connection was closed')));
  }

  /** Rejects with a RedisError when there is no connection before `signal` aborts. */
  static async open(address: RedisAddress, signal: AbortSignal): Promise<RedisConnection> {
    const place =
      address.kind === 'unix' ? { path: address.path } : { port: address.port, host: address.host };
    const answers = new Answers();
    const socket = connect({ ...place, onread: answers });
    socket.setNoDelay(true);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => reject(redisError('timeout', 'no connection in time', signal.reason));
    socket.once('connect', resolve);
    socket.once('error', (cause) => reject(redisError('unreachable', 'no connection', cause)));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      await promise;
      return new RedisConnection(socket, answers);
    } catch (failure) {
      socket.destroy();
      throw failure;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** The reply; rejects with a RedisError. A command that gets no answer in time breaks the connection: replies have no names. */
  async send(words: readonly string[], signal: AbortSignal): Promise<Exclude<Reply, ReplyError>> {
    if (this.#broken !== undefined) throw this.#broken;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting.push({ resolve, reject });
    const giveUp = (): void => this.#break(signal.reason, 'timeout');
    signal.addEventListener('abort', giveUp, { once: true });
    this.#write(encodeCommand(words));
    if (signal.aborted) giveUp();
    try {
      return accepted(await promise, words);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  close(): void {
    this.#break(new Error('we closed the connection'));
  }

  /** What is sent in one go leaves in one piece: each write is a system call, and a read of the server's. */
  #write(text: string): void {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      queueMicrotask(() => this.#socket.uncork());
    }
    this.#socket.write(text);
  }

  #receive(chunk: Buffer): void {
    try {
      for (const reply of this.#parser.push(chunk)) this.#waiting.shift()?.resolve(reply);
    } catch (cause) {
      this.#break(cause);
    }
  }

  #break(cause: unknown, code: 'unreachable' | 'timeout' = 'unreachable'): void {
    if (this.#broken !== undefined) return;
    this.#broken = redisError(code, code === 'timeout' ? 'no answer in time' : 'the connection broke', cause);
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#broken);
  }
}

/** Names the command but none of its arguments: they may hold a password. */
function accepted(reply: Reply, words: readonly string[]): Exclude<Reply, ReplyError> {
  if (!(reply instanceof ReplyError)) return reply;
  throw new OperatorError({ code: 'refused', reply: reply.code } as const, `${words[0]}: ${reply.message}`);
}

const redisError = (code: 'unreachable' | 'timeout', message: string, cause: unknown): RedisError =>
  new OperatorError({ code, reply: undefined }, message, { cause });
