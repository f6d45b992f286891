import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { stuckFor } from '../harmless.ts';
import { Ledger, missingFrom, pauses } from '../ledger.ts';
import { uidsOf } from '../planned/operations.ts';
import { watchWriters } from '../single-writer.ts';
import { makeCluster } from './other-operator.ts';

const namespace = newName('e2e-take-over');

describe(`a cluster of ${engineImage} that another operator made`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await makeCluster(cluster, { instances: 3, primary: 1 });
  });
  after(() => dropNamespace(namespace));

  test('is left as it is until people say a word, then taken over with its password and all of its data, and one writes at a time', async (context) => {
    const over = new AbortController();
    const watching = watchWriters(cluster, over.signal);
    try {
      const use = async (): Promise<void> => {
        const old = await uidsOf(cluster);
        assert.match(
          await stuckFor(cluster, /^TakeOverNeeded$/),
          /shop-0, shop-1, shop-2 were made by another/,
        );
        await sleep(5000);
        assert.deepEqual(await uidsOf(cluster), old);
        assert.deepEqual(
          await cluster.endpoints('leader'),
          ['shop-1'],
          'its clients are led where they were',
        );
        await cluster.annotate('redis.io/take-over=true');
        const { term, currentPrimary } = await cluster.healthy(120);
        assert.deepEqual([term, currentPrimary], [1, 'shop-1']);
        const now = await uidsOf(cluster);
        assert.ok(Object.keys(old).every((name) => now[name] !== undefined && now[name] !== old[name]));
        await cluster.agreed(30);
      };
      const account = await Ledger.during(cluster, 0, use, pauses.dense);
      const leader = await cluster.connect(await cluster.serviceAddress('leader'));
      assert.deepEqual(await missingFrom(leader, account), []);
      leader.disconnect();
      context.diagnostic(
        `no write for ${account.longestGap} ms; none lost of ${account.acknowledged.length}`,
      );
    } finally {
      over.abort();
    }
    assert.deepEqual((await watching).doubles, []);
  });
});
