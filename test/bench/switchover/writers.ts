import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { monotonicMs } from '../failover/monotonic.ts';
import { isRefusal } from '../failover/writer.ts';

/** One acknowledged write: by whom, and when OK came, on the machine's monotonic clock in milliseconds. */
interface Last {
  readonly host: string;
  readonly at: number;
}

/** From the last write that the old server acknowledged to the first that another did. */
export interface Handover {
  readonly from: string;
  readonly to: string;
  readonly gapMs: number;
}

/** What one writer had acknowledged by one server, under a key that it uses for this stay alone. */
interface Stay {
  readonly key: string;
  readonly host: string;
  acknowledged: number;
}

/**
 * At most; at random, since all lose their server at the same moment and would go on in step. Of 16 writers one asks a server
 * of three every millisecond then: often enough to see when it begins to take writes.
 */
const retryAfterMs = 10;

/**
 * Sixteen that wrote without a pause would keep two processors busy, and what is measured then is who gets one. With this they
 * still write some 2,500 times a second, and one of them every 0.4 ms.
 */
const pauseMs = 5;

const impatient = {
  connectTimeout: 50,
  commandTimeout: 1000,
  lazyConnect: true,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
  enableReadyCheck: false,
  disableClientInfo: true,
} as const;

/**
 * Writers that write one after the other to whoever takes it, and ask one server after the other when nobody does. Each keeps a
 * connection to every server: 16 that connected anew each time would keep a processor busy just while the servers need it. What each had acknowledged can be asked for afterwards: a replication stream has no
 * holes, so whoever has the last write of a stay has all of it.
 */
export class Writers {
  readonly #hosts: () => readonly string[];
  readonly #password: string | undefined;
  readonly #stays: Stay[] = [];
  readonly #running: Promise<void>[];
  readonly handovers: Handover[] = [];
  #last: Last | undefined;
  #stopped = false;
  acknowledged = 0;
  /** The longest time without a write while the server stayed the same, in milliseconds. */
  longestStayMs = 0;

  /** `hosts` is asked again before each turn: pods that are made anew have other addresses. */
  constructor(count: number, hosts: () => readonly string[], password: string | undefined) {
    this.#hosts = hosts;
    this.#password = password;
    this.#running = Array.from({ length: count }, (_, number) => this.#write(number));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  /** Stays whose last acknowledged write `host` does not have, of those that have ended; they are forgotten then. */
  async lostAt(host: string): Promise<readonly string[]> {
    const ended = this.#stays.filter((stay) => stay.host !== host);
    this.#stays.splice(0, this.#stays.length, ...this.#stays.filter((stay) => stay.host === host));
    if (ended.length === 0) return [];
    const client = this.#client(host);
    try {
      await client.connect();
      const values = await client.mget(ended.map(({ key }) => key));
      await client.unlink(ended.map(({ key }) => key));
      return ended
        .filter(({ acknowledged }, index) => Number(values[index] ?? -1) < acknowledged)
        .map(({ key }) => key);
    } finally {
      client.disconnect();
    }
  }

  async #write(number: number): Promise<void> {
    const connections = new Map<string, Redis>();
    for (let turn = number; !this.#stopped; turn += 1) {
      const hosts = this.#hosts();
      const host = hosts[turn % hosts.length] ?? '';
      const client = connections.get(host) ?? this.#client(host);
      connections.set(host, client);
      const stands = await this.#stay({ key: `writer:${number}:${turn}`, host, acknowledged: -1 }, client);
      if (!stands) {
        client.disconnect();
        connections.delete(host);
      }
      await sleep(Math.random() * retryAfterMs);
    }
    for (const client of connections.values()) client.disconnect();
  }

  /** Writes to one server for as long as it takes them; whether the connection still stands then. */
  async #stay(stay: Stay, client: Redis): Promise<boolean> {
    try {
      if (client.status === 'wait') await client.connect();
      for (let count = 0; !this.#stopped; count += 1) {
        await client.set(stay.key, count);
        this.#note(stay, count);
        await sleep(pauseMs);
      }
      return true;
    } catch (failure) {
      // It is none that takes writes, and the next one may be; or it has ended.
      return isRefusal(failure);
    }
  }

  #note(stay: Stay, count: number): void {
    if (count === 0) this.#stays.push(stay);
    stay.acknowledged = count;
    this.acknowledged += 1;
    const now: Last = { host: stay.host, at: monotonicMs() };
    const before = this.#last;
    if (before !== undefined) {
      const gapMs = now.at - before.at;
      if (before.host === now.host) this.longestStayMs = Math.max(this.longestStayMs, gapMs);
      else this.handovers.push({ from: before.host, to: now.host, gapMs });
    }
    this.#last = now;
  }

  #client(host: string): Redis {
    const client = new Redis({
      host,
      ...impatient,
      ...(this.#password === undefined ? {} : { password: this.#password }),
    });
    client.on('error', () => undefined);
    return client;
  }
}
