import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { World } from './world.ts';

/**
 * A client of the leader Service that writes one number after the other and notes those that were acknowledged.
 * `A`: by OK. `W`: by OK, and then by a replica, with WAIT 1.
 */
export class Ledger {
  readonly kind: 'A' | 'W';
  readonly acknowledged: number[] = [];
  readonly #prefix: string;

  constructor(kind: 'A' | 'W', seed: number) {
    this.kind = kind;
    this.#prefix = `${kind}:${seed}`;
  }

  async keep(world: World, signal: AbortSignal): Promise<void> {
    for (let number = 0; !signal.aborted; ) {
      const host = world.leader;
      if (host === undefined) await sleep(5);
      else number = await this.#writeTo({ host, password: world.password }, number, signal);
    }
  }

  /** How many of those noted are not there. */
  async lost(world: World): Promise<number> {
    const client = connect({ host: world.leader ?? '', password: world.password });
    try {
      let lost = 0;
      for (const number of this.acknowledged) {
        if ((await client.get(this.#keyOf(number))) !== String(number)) lost += 1;
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
      while (!signal.aborted) {
        await client.set(this.#keyOf(number), number);
        if (this.kind === 'A' || (await client.wait(1, 500)) >= 1) this.acknowledged.push(number);
        number += 1;
        await sleep(2);
      }
    } catch {
      await sleep(3);
    } finally {
      client.disconnect();
    }
    return number + 1;
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
