import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { monotonicMs } from './monotonic.ts';

export interface Target {
  readonly host: string;
  readonly password: string | undefined;
}

export interface Pace {
  /** From one answer to the next write, in milliseconds. */
  readonly everyMs: number;
  /** From a connection that failed to the next one, in milliseconds. */
  readonly retryAfterMs: number;
  readonly connectWithinMs: number;
  /** After this long without an answer the connection is given up. Undefined: it is waited for, however long. */
  readonly answerWithinMs: number | undefined;
  /** A server that refuses the write: a client of a pod asks it again, one of a Service connects anew. */
  readonly refused: 'ask again' | 'connect anew';
}

/** A write that was answered with OK. */
export interface Acknowledged {
  /** The run ID of the redis-server process that answered: another process is another server, whatever its address. */
  readonly server: string;
  /** When it was sent and when OK came, on the machine's monotonic clock in milliseconds. */
  readonly sentAt: number;
  readonly at: number;
}

/** Asks a pod of its own choice about every millisecond. */
export const pinned: Pace = {
  everyMs: 1,
  retryAfterMs: 3,
  connectWithinMs: 50,
  answerWithinMs: 1000,
  refused: 'ask again',
};

/** Writes one after the other for as long as `signal` lets it, over a new connection whenever one broke. Never rejects. */
export async function keepWriting(
  target: Target,
  pace: Pace,
  onAcknowledged: (write: Acknowledged) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await withConnection(target, pace, signal, async (client) => {
      const server = await runIdOf(client);
      while (!signal.aborted) {
        const write = await writeOnce(client, server, pace);
        if (write !== undefined) onAcknowledged(write);
        await sleep(pace.everyMs);
      }
    });
    await sleep(pace.retryAfterMs);
  }
}

/** Runs `use` with a connection that is made once, and ends with it or with `signal`; what breaks it ends `use`. */
export async function withConnection(
  target: Target,
  pace: Pace,
  signal: AbortSignal,
  use: (client: Redis) => Promise<void>,
): Promise<void> {
  const client = connectionTo(target, pace);
  const end = (): void => client.disconnect();
  signal.addEventListener('abort', end, { once: true });
  try {
    await client.connect();
    await use(client);
  } catch {
    // It broke, timed out or was refused: whoever asked tries again, or has seen enough.
  } finally {
    signal.removeEventListener('abort', end);
    client.disconnect();
  }
}

/** Undefined when the server answers that it takes no writes, and may be asked again. */
async function writeOnce(client: Redis, server: string, pace: Pace): Promise<Acknowledged | undefined> {
  const sentAt = monotonicMs();
  try {
    await client.set('bench', sentAt);
    return { server, sentAt, at: monotonicMs() };
  } catch (failure) {
    if (isRefusal(failure) && pace.refused === 'ask again') return undefined;
    throw failure;
  }
}

export async function runIdOf(client: Redis): Promise<string> {
  return fieldOf(await client.info('server'), 'run_id') ?? '';
}

/** One field of INFO. */
export const fieldOf = (info: string, field: string): string | undefined =>
  new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(info)?.[1];

/** The server answers, and does not do it. */
export const isRefusal = (failure: unknown): boolean =>
  failure instanceof Error && failure.name === 'ReplyError';

/** One that gives up at the first failure, and is yet to be connected. */
export function connectionTo({ host, password }: Target, pace: Pace): Redis {
  const client = new Redis({
    host,
    ...(password === undefined ? {} : { password }),
    ...(pace.answerWithinMs === undefined ? {} : { commandTimeout: pace.answerWithinMs }),
    connectTimeout: pace.connectWithinMs,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    // It would ask for INFO first, and wait as long as a server loads.
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  client.on('error', () => undefined);
  return client;
}
