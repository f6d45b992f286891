import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { TestCluster } from './cluster.ts';

/** What a client was promised: every number that Redis acknowledged, and how long it had to wait at worst. */
export interface Account {
  readonly acknowledged: readonly number[];
  /** The longest time between two acknowledged writes, in milliseconds. */
  readonly longestGap: number;
}

/**
 * Ledger A of one client: `SET seq:<n> <n>` at the leader Service in a loop, n noted only on OK. With `replicas` it is
 * ledger W: noted only if WAIT says that so many have it. A write that failed is not tried again, the next one is.
 */
export class Ledger {
  readonly #acknowledged: number[] = [];
  readonly #ended: Promise<void>;
  #stopped = false;
  #longestGap = 0;

  constructor(connect: () => Promise<Redis>, replicas: number) {
    this.#ended = this.#write(connect, replicas);
  }

  /** Writes while `use` runs, and ends whatever becomes of that. */
  static async during(
    cluster: TestCluster,
    replicas: number,
    use: (ledger: Ledger) => Promise<void>,
  ): Promise<Account> {
    const address = await cluster.serviceAddress('leader');
    const password = await cluster.password();
    const ledger = new Ledger(() => cluster.impatient(address, password), replicas);
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
    return { acknowledged: this.#acknowledged, longestGap: Math.round(this.#longestGap) };
  }

  async #write(connect: () => Promise<Redis>, replicas: number): Promise<void> {
    let client = await connect();
    let last = performance.now();
    for (let number = 0; !this.#stopped; number += 1) {
      try {
        await client.set(`seq:${number}`, number);
        if (replicas > 0 && (await client.wait(replicas, 1000)) < replicas) continue;
        const now = performance.now();
        this.#longestGap = Math.max(this.#longestGap, now - last);
        last = now;
        this.#acknowledged.push(number);
      } catch {
        client.disconnect();
        await sleep(10);
        client = await connect();
      }
    }
    client.disconnect();
  }
}

/** The numbers that were acknowledged and are not there. */
export async function missingFrom(client: Redis, { acknowledged }: Account): Promise<readonly number[]> {
  const missing: number[] = [];
  for (let from = 0; from < acknowledged.length; from += 1000) {
    const batch = acknowledged.slice(from, from + 1000);
    const values = await client.mget(batch.map((number) => `seq:${number}`));
    missing.push(...batch.filter((number, index) => values[index] !== String(number)));
  }
  return missing;
}
