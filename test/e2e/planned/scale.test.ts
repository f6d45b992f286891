import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson } from '../kubectl.ts';
import { type Account, Ledger, missingFrom } from '../ledger.ts';
import { eventually } from '../wait.ts';
import { eventsOf, scaleTo, uidsOf } from './operations.ts';

const namespace = newName('e2e-scale');

describe(`scaling a cluster of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 1 });
    await cluster.healthy(90);
  });
  after(() => dropNamespace(namespace));

  test('one becomes four under load, and four become two, by kubectl scale: nothing is lost, and claims are kept', async () => {
    const account = await Ledger.during(cluster, 0, async () => {
      await scaleTo(cluster, 4);
      assert.equal((await cluster.healthy(180)).readyInstances, 4);
      assert.equal(await eventsOf(cluster, 'ScaleUp'), 1);
      await scaleTo(cluster, 2);
      await shrunkTo(['shop-0', 'shop-1']);
      assert.equal(await eventsOf(cluster, 'ScaleDown'), 1);
    });
    await nothingIsLost(account);
    assert.deepEqual((await cluster.status()).danglingPVC, ['shop-data-2', 'shop-data-3']);
    const claims = await getJson<{ items: readonly unknown[] }>('pvc', '-n', namespace);
    assert.equal(claims.items.length, 4);
    assert.equal((await cluster.status()).lastFailover, undefined, 'nobody failed');
  });

  test('a primary with the highest number hands over before it goes: nothing is lost', async () => {
    await scaleTo(cluster, 3);
    await cluster.healthy(120);
    await cluster.annotate('redis.io/switchover-to=shop-2');
    await eventually(
      'shop-2 is primary',
      async () => ((await cluster.status()).currentPrimary === 'shop-2' ? true : undefined),
      30,
    );
    const account = await Ledger.during(cluster, 0, async () => {
      await scaleTo(cluster, 2);
      await shrunkTo(['shop-0', 'shop-1']);
    });
    await nothingIsLost(account);
    assert.equal((await cluster.status()).lastFailover, undefined, 'nobody failed');
  });

  async function shrunkTo(names: readonly string[]): Promise<void> {
    await eventually(
      `only ${names} are there`,
      async () => {
        const there = Object.keys(await uidsOf(cluster)).sort();
        if (there.join() !== names.join())
          throw new Error(`${there}: ${JSON.stringify(await cluster.status())}`);
        return true;
      },
      120,
    );
    await cluster.healthy(60);
    await cluster.agreed(30);
  }

  async function nothingIsLost(account: Account): Promise<void> {
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    assert.deepEqual(await missingFrom(leader, account), []);
    leader.disconnect();
  }
});
