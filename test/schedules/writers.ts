import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { connect } from './ledger.ts';
import type { World } from './world.ts';

/**
 * Looks every 100 ms for two instances that take writes at the same time: one that does before and after another one
 * did. Resolves, when `signal` aborts, to how often that was seen.
 */
export async function countDoubleWriters(world: World, signal: AbortSignal): Promise<number> {
  let seen = 0;
  while (!signal.aborted) {
    const hosts = [...world.kubelet.containers.values()].map(({ address }) => address);
    const clients = hosts.map((host) => connect({ host, password: world.password }));
    try {
      const first = await writersAmong(clients);
      if (first.length > 1 && (await writersAmong(first)).length > 1) seen += 1;
    } finally {
      for (const client of clients) client.disconnect();
    }
    await sleep(100);
  }
  return seen;
}

async function writersAmong(clients: readonly Redis[]): Promise<readonly Redis[]> {
  const takes = await Promise.all(
    clients.map((client) =>
      client.set('probe', 1).then(
        () => true,
        () => false,
      ),
    ),
  );
  return clients.filter((_, index) => takes[index]);
}
