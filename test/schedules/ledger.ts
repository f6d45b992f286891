import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { eventually } from '../e2e/wait.ts';
import type { World } from './world.ts';

const batchSize = 500;
/** So many writes are sent at once: what may be lost is lost by the handful, and a schedule sees thousands. */
const atOnce = 5;

/**
 * A client of the leader Service that writes one number after the other and notes those that were acknowledged.
 * `A`: by OK. `W`: by OK, and then by a replica, with WAIT 1.
 */
export class Ledger {
  readonly kind: 'A' | 'W';
  readonly acknowledged: number[] = [];
  readonly #prefix: string;

  /** `client` tells apart those of one kind. */
  constructor(kind: 'A' | 'W', seed: number, client: number) {
    this.kind = kind;
    this.#prefix = `${kind}${client}:${seed}`;
  }

  async keep(world: World, signal: AbortSignal): Promise<void> {
    for (let number = 0; !signal.aborted; ) {
      const host = world.leader;
      if (host === undefined) await sleep(5);
      else number = await this.#writeTo({ host, password: world.password }, number, signal);
    }
  }

  /** How many of those noted are not there. Waits for a primary that answers: on a busy machine one may take a while. */
  async lost(world: World): Promise<number> {
    return await eventually('the ledger is read', () => this.#lostAt(world.leader ?? '', world.password), 30);
  }

  async #lostAt(host: string, password: string): Promise<number> {
    const client = connect({ host, password });
    try {
      let lost = 0;
      for (let from = 0; from < this.acknowledged.length; from += batchSize) {
        const batch = this.acknowledged.slice(from, from + batchSize);
        const values = await client.mget(batch.map(this.#keyOf));
        lost += batch.filter((number, index) => values[index] !== String(number)).length;
      }
      return lost;
    } finally {
      client.disconnect();
    }
  }

  /** Until the connection breaks, or a write is refused; resolves to the number to go on with. */
  async #writeTo(target: Target, from: number, signal: AbortSignal): Promise<number> {
    const client = connect(target);
    let number = from;
    try {
      for (; !signal.aborted; number += atOnce) {
        await this.#writeSome(client, number);
        await sleep(2);
      }
    } catch {
      await sleep(3);
    } finally {
      client.disconnect();
    }
    return number + atOnce;
  }

  /** A WAIT speaks for all that its connection has written before. Rejects when any of them was refused. */
  async #writeSome(client: Redis, from: number): Promise<void> {
    const numbers = Array.from({ length: atOnce }, (_, index) => from + index);
    const answers = await Promise.allSettled(
      numbers.map((number) => client.set(this.#keyOf(number), number)),
    );
    const taken = numbers.filter((_, index) => answers[index]?.status === 'fulfilled');
    if (this.kind === 'A' || (await client.wait(1, 500)) >= 1) this.acknowledged.push(...taken);
    if (taken.length < numbers.length) throw new Error('it takes no writes');
  }

  readonly #keyOf = (number: number): string => `${this.#prefix}:${number}`;
}

export interface Target {
  readonly host: string;
  readonly password: string;
}

/** It neither waits nor tries again, and gives up on a server that does not answer. */
export function connect({ host, password }: Target): Redis {
  const client = new Redis({
    host,
    password,
    connectTimeout: 100,
    commandTimeout: 1000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  client.on('error', () => undefined);
  return client;
}
