import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { TestCluster } from './cluster.ts';

/** What the looks of a test found. */
export interface Watched {
  /** How often all pods were asked. */
  readonly looks: number;
  /** The pods that took writes at the same time, each time that any did. */
  readonly doubles: readonly string[];
}

const every = 100;
/** Pods come and go less often than they are asked to write. */
const looksPerListing = 10;

/**
 * Asks every pod of a cluster, at its own address, every 100 ms to take a write, until `signal` aborts. Two write at the
 * same time when both take one in two rounds running: each then did before and after the other. Whom no client can
 * reach takes none.
 */
export async function watchWriters(cluster: TestCluster, signal: AbortSignal): Promise<Watched> {
  const watch = new Watch(cluster, await cluster.password());
  const looks: Promise<void>[] = [];
  while (!signal.aborted) {
    // A pod that does not answer holds up its own look, not the next one.
    looks.push(watch.look());
    await sleep(every);
  }
  await Promise.all(looks);
  watch.end();
  return watch;
}

class Watch implements Watched {
  looks = 0;
  readonly doubles: string[] = [];
  readonly #cluster: TestCluster;
  readonly #password: string;
  #clients = new Map<string, { readonly pod: string; readonly client: Redis }>();
  readonly #asked = new Set<string>();
  #listing: Promise<void> | undefined;

  constructor(cluster: TestCluster, password: string) {
    this.#cluster = cluster;
    this.#password = password;
  }

  async look(): Promise<void> {
    if (this.looks % looksPerListing === 0) this.#list();
    this.looks += 1;
    const first = await this.#writersAmong([...this.#clients.keys()]);
    if (first.length < 2) return;
    const second = await this.#writersAmong(first);
    if (second.length > 1)
      this.doubles.push(second.map((address) => this.#clients.get(address)?.pod ?? address).join());
  }

  end(): void {
    for (const { client } of this.#clients.values()) client.disconnect();
  }

  /** While the API server is away the pods that were known are asked. */
  #list(): void {
    this.#listing ??= this.#cluster
      .pods()
      .then((pods) => {
        for (const { metadata, status } of pods) {
          const { podIP = '' } = status;
          if (podIP !== '' && !this.#clients.has(podIP)) this.#connect(podIP, metadata.name);
        }
      })
      .catch(() => undefined)
      .finally(() => {
        this.#listing = undefined;
      });
  }

  #connect(address: string, pod: string): void {
    const client = this.#cluster.impatient(address, this.#password);
    this.#clients.set(address, { pod, client });
  }

  async #writersAmong(addresses: readonly string[]): Promise<readonly string[]> {
    const takes = await Promise.all(addresses.map((address) => this.#takesWrite(address)));
    return addresses.filter((_, index) => takes[index]);
  }

  async #takesWrite(address: string): Promise<boolean> {
    const known = this.#clients.get(address);
    if (known === undefined || this.#asked.has(address)) return false;
    this.#asked.add(address);
    try {
      return (await known.client.set('probe', 1)) === 'OK';
    } catch {
      // Refused, or its connection is no more: the next look tries a new one.
      if (known.client.status === 'end') this.#connect(address, known.pod);
      return false;
    } finally {
      this.#asked.delete(address);
    }
  }
}
