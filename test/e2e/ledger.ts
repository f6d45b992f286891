import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { TestCluster } from './cluster.ts';

/** What a client was promised: every number that Redis acknowledged, and how long it had to wait at worst. */
export interface Account {
  /** Number n is at the key `<book>:n`; no other account of a test has the same book. */
  readonly book: string;
  readonly acknowledged: readonly number[];
  /** The longest time between two acknowledged writes, in milliseconds. */
  readonly longestGap: number;
}

/**
 * From one answer to the next write, in milliseconds. With three instances a dense client takes 15 to 22 % of a processor, and
 * a sparse one 4 to 6 %: whoever hands over is written to densely, since what is lost is lost in its last milliseconds; a
 * fault takes seconds. What takes minutes is written to rarely, for that is many writes all the same.
 */
export const pauses = { none: 0, dense: 2, sparse: 10, rare: 50 } as const;

/**
 * Ledger A of one client: `SET seq:<n> <n>` at the leader Service in a loop, n noted only on OK. With `replicas` it is
 * ledger W: noted only if WAIT says that so many have it. A write that failed is not tried again, the next one is.
 */
export class Ledger {
  static #books = 0;
  readonly #book: string;
  readonly #acknowledged: number[] = [];
  readonly #ended: Promise<void>;
  #stopped = false;
  #last = performance.now();
  #longestGap = 0;

  constructor(connect: () => Redis, replicas: number, pauseMs: number) {
    Ledger.#books += 1;
    this.#book = `seq:${Ledger.#books}`;
    this.#ended = this.#write(connect, replicas, pauseMs);
  }

  /** Begins one at the leader Service of a cluster; whoever does stops it. */
  static async of(cluster: TestCluster, replicas: number, pauseMs: number = pauses.sparse): Promise<Ledger> {
    const [address, password] = [await cluster.serviceAddress('leader'), await cluster.password()];
    return new Ledger(() => cluster.impatient(address, password), replicas, pauseMs);
  }

  /**
   * Begins one at the pods themselves, at one after the other until one takes writes: no Service has a part in its waits. It
   * pauses only where it has written more than a thousand times a second.
   */
  static async atPods(cluster: TestCluster, addresses: () => readonly string[]): Promise<Ledger> {
    const password = await cluster.password();
    let turn = 0;
    const connect = (): Redis => {
      const all = addresses();
      turn += 1;
      return cluster.impatient(all[turn % all.length] ?? '', password);
    };
    return new Ledger(connect, 0, pauses.none);
  }

  /** Writes while `use` runs, and ends whatever becomes of that. */
  static async during(
    cluster: TestCluster,
    replicas: number,
    use: (ledger: Ledger) => Promise<void>,
    pauseMs: number = pauses.sparse,
  ): Promise<Account> {
    const ledger = await Ledger.of(cluster, replicas, pauseMs);
    try {
      await use(ledger);
    } finally {
      await ledger.stop();
    }
    return await ledger.stop();
  }

  get count(): number {
    return this.#acknowledged.length;
  }

  /** Resolves once the last answer has come. */
  async stop(): Promise<Account> {
    this.#stopped = true;
    await this.#ended;
    return {
      book: this.#book,
      acknowledged: this.#acknowledged,
      longestGap: Math.round(this.#longestGap),
    };
  }

  async #write(connect: () => Redis, replicas: number, pauseMs: number): Promise<void> {
    let client = connect();
    const began = performance.now();
    for (let number = 0; !this.#stopped; number += 1) {
      try {
        await client.set(`${this.#book}:${number}`, number);
        if (replicas > 0 && (await client.wait(replicas, 1000)) < replicas) continue;
        this.#acknowledged.push(number);
        this.#measure();
        if (pauseMs > 0 || this.count > performance.now() - began) await sleep(pauseMs);
      } catch {
        client.disconnect();
        await sleep(10);
        client = connect();
      }
    }
    this.#measure();
    client.disconnect();
  }

  /** A wait that has not ended yet counts too, or a test that ends in the middle of one would not see it. */
  #measure(): void {
    const now = performance.now();
    this.#longestGap = Math.max(this.#longestGap, now - this.#last);
    this.#last = now;
  }
}

/** The numbers that were acknowledged and are not there. */
export async function missingFrom(
  client: Redis,
  { book, acknowledged }: Account,
): Promise<readonly number[]> {
  const missing: number[] = [];
  for (let from = 0; from < acknowledged.length; from += 1000) {
    const batch = acknowledged.slice(from, from + 1000);
    const values = await client.mget(batch.map((number) => `${book}:${number}`));
    missing.push(...batch.filter((number, index) => values[index] !== String(number)));
  }
  return missing;
}
