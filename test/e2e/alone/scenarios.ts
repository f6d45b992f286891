import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertOnBothReplicas, type TestCluster } from '../cluster.ts';
import type { Everybody } from '../everybody.ts';
import { kubectl } from '../kubectl.ts';
import { lengths } from '../lengths.ts';
import { memberOf, serverPid, signalAll } from '../members.ts';
import { type Clients, observedAll, tell } from '../observed.ts';
import { killOperator, operatorLeads, operatorReady, withoutOperator } from '../operator.ts';
import { watchWriters } from '../single-writer.ts';
import { eventually } from '../wait.ts';

/** What happens while the operator is away or comes and goes is put right, and costs nothing that was confirmed. */
export function withOperatorComingAndGoing({ clusters, all, termsNow }: Everybody): void {
  test('Scenario 2: a pod made primary by hand while there is no operator is put right without the loss of a key, and nothing flaps', async (context) => {
    const stopping = new AbortController();
    const watching = clusters.map((cluster) => watchWriters(cluster, stopping.signal));
    let written: readonly (readonly string[])[] = [];
    try {
      written = await withoutOperator(() => all(crownByHand));
      await all((cluster) => cluster.healthy(30));
      await all((cluster) => cluster.agreed(30));
      const terms = await termsNow();
      for (const end = performance.now() + lengths.quietSeconds * 1000; performance.now() < end; ) {
        await sleep(1000);
        assert.deepEqual(await termsNow(), terms, 'nothing flaps');
      }
    } finally {
      stopping.abort();
    }
    for (const { doubles } of await Promise.all(watching)) assert.deepEqual(doubles, []);
    for (const [index, cluster] of clusters.entries()) {
      const keys = written[index] ?? [];
      const present = await cluster.onEach((client) => client.exists(...keys));
      assert.deepEqual([...present.values()], [keys.length, keys.length, keys.length]);
      context.diagnostic(`${keys.length} keys were acknowledged, and all are there`);
    }
  });

  test(`Scenario 10: redis-server is killed ${lengths.kills} times while the operator is restarted at random: nothing that a replica confirmed is lost`, async (context) => {
    const over = new AbortController();
    const observing = observedAll(clusters, async (clients) => {
      await Promise.all(clusters.map((cluster, index) => killAtRandom(cluster, clients[index])));
      over.abort();
      await operatorReady();
    }).finally(() => over.abort());
    const [seen] = await Promise.all([observing, restartAtRandom(over.signal)]);
    for (const each of seen) context.diagnostic(tell(each));
  });
}

/**
 * Detaches a replica, points the others at it, and writes wherever a client might then. Resolves to every key that was
 * acknowledged, before and after.
 */
async function crownByHand(cluster: TestCluster): Promise<readonly string[]> {
  const primary = await memberOf(cluster);
  const leader = await cluster.connect(await cluster.serviceAddress('leader'));
  const written = Array.from({ length: 200 }, (_, index) => `before:${index}`);
  await leader.mset(written.flatMap((key) => [key, key]));
  await assertOnBothReplicas(leader);
  const pods = await cluster.pods();
  const chosen = pods.find(({ metadata }) => metadata.name !== primary.pod);
  const address = chosen?.status.podIP ?? '';
  await cluster.onEach((client, pod) =>
    pod === chosen?.metadata.name
      ? client.call('REPLICAOF', 'NO', 'ONE')
      : client.call('REPLICAOF', address, '6379'),
  );
  const crowned = await cluster.connect(address);
  for (const [name, client] of Object.entries({ crowned, leader })) {
    for (let number = 0; number < 100; number += 1) {
      const key = `${name}:${number}`;
      if ((await client.set(key, key).catch(() => undefined)) === 'OK') written.push(key);
    }
    client.disconnect();
  }
  return written;
}

async function killAtRandom(cluster: TestCluster, clients: Clients | undefined): Promise<void> {
  for (let kill = 0; kill < lengths.kills; kill += 1) {
    await sleep(Math.random() * 400);
    const victim = await eventually('a redis-server runs', () => anyServer(cluster), 60);
    signalAll([victim], 'SIGKILL');
    await clients?.goOn(90);
  }
}

/** The primary's in three of four cases: there something can be lost. */
async function anyServer(cluster: TestCluster): Promise<number> {
  const ordinal = Math.floor(Math.random() * 3);
  const pod = Math.random() < 0.75 ? undefined : `${cluster.name}-${ordinal}`;
  return serverPid(await memberOf(cluster, pod));
}

/** Now in order, and now not. */
async function restartAtRandom(over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await sleep(2000 + Math.random() * 10_000, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    if (Math.random() < 0.5) await killOperator();
    else await deleteOperator();
    await operatorLeads();
  }
}

const deleteOperator = (): Promise<string> =>
  kubectl('delete', 'pod', '-n', 'redis-operator-system', '-l', 'app.kubernetes.io/name=redis-operator');
