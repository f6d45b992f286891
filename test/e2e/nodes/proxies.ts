import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { upToThree } from '../../suite/deadlines.ts';
import type { TestCluster } from '../cluster.ts';
import type { Everybody } from '../everybody.ts';
import { handedOver, primaryOf, replicaOf } from '../planned/hand-over.ts';
import { longLived } from './long-lived.ts';

/** How soon the nodes' proxies follow a Service is how soon its clients do: nothing else may keep them busy. */
export function behindProxies({ clusters }: Everybody): void {
  test('Scenario 9: 50 long-lived clients of the leader Service write again within 2 seconds, and see one error at most', async (context) => {
    for (const cluster of clusters) {
      // One error at most each time; within 2 seconds once.
      const gaps = await upToThree(2000, async () => {
        const longest = await handOverUnder(50, cluster);
        await cluster.healthy(60);
        return longest;
      });
      context.diagnostic(`longest gaps: ${gaps.join(', ')} ms`);
      assert.ok(
        gaps.some((gap) => gap < 2000),
        `no write for ${gaps.join(', ')} ms`,
      );
    }
  });
}

/** Asks for a switchover under so many clients; resolves to the longest time that one of them had to wait, in milliseconds. */
async function handOverUnder(count: number, cluster: TestCluster): Promise<number> {
  const clients = await longLived(count, await cluster.serviceAddress('leader'), await cluster.password());
  try {
    await sleep(1000);
    const from = await primaryOf(cluster);
    await cluster.annotate(`redis.io/switchover-to=${await replicaOf(cluster)}`);
    await handedOver(cluster, from, 20);
    await sleep(2500);
  } finally {
    await clients.end();
  }
  const several = clients.seen.filter(({ errors }) => errors.length > 1);
  assert.deepEqual(
    several.map(({ errors }) => errors),
    [],
  );
  const recent = clients.seen.filter(({ lastAt }) => clients.endedAt() - lastAt < 1000);
  assert.equal(recent.length, count, 'all write to the last');
  return Math.round(Math.max(...clients.seen.map(({ longestGap }) => longestGap)));
}
