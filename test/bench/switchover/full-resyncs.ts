import { setTimeout as sleep } from 'node:timers/promises';
import type { TestCluster } from '../../e2e/cluster.ts';
import { fieldOf, pinned, runIdOf, withConnection } from '../failover/writer.ts';

/** How often one process gave a replica all of its data. */
interface Count {
  readonly first: number;
  last: number;
}

/**
 * Counts full resyncs while pods come and go: each process counts those that it served, and its count ends with it. A process
 * that is seen for the first time while we look began at 0.
 */
export class FullResyncs {
  readonly #counts = new Map<string, Count>();
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  static async of(cluster: TestCluster): Promise<FullResyncs> {
    const password = await cluster.password();
    const resyncs = new FullResyncs();
    await resyncs.#count(cluster, password, undefined);
    resyncs.#looking = resyncs.#look(cluster, password);
    return resyncs;
  }

  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#looking;
    return [...this.#counts.values()].reduce((sum, { first, last }) => sum + last - first, 0);
  }

  async #look(cluster: TestCluster, password: string): Promise<void> {
    while (!this.#stopped) {
      await sleep(200);
      await this.#count(cluster, password, 0);
    }
  }

  async #count(cluster: TestCluster, password: string, began: number | undefined): Promise<void> {
    const pods = await cluster.pods();
    await Promise.all(pods.map(({ status }) => this.#ask(status.podIP ?? '', password, began)));
  }

  async #ask(host: string, password: string, began: number | undefined): Promise<void> {
    await withConnection({ host, password }, pinned, new AbortController().signal, async (client) => {
      const run = await runIdOf(client);
      const now = Number(fieldOf(await client.info('stats'), 'sync_full'));
      const count = this.#counts.get(run) ?? { first: began ?? now, last: now };
      count.last = now;
      this.#counts.set(run, count);
    });
  }
}
