import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson } from '../kubectl.ts';
import { Ledger, missingFrom, pauses } from '../ledger.ts';
import { happened, scaleTo, uidsOf } from '../planned/operations.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-scale');

describe(`scaling a cluster of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 1 });
    await cluster.healthy(90);
  });
  after(() => dropNamespace(namespace));

  test('Scenario 17: one becomes five and five become two by kubectl scale, under load and with the highest number as primary: nothing is lost, and claims are kept', async (context) => {
    const use = async (ledger: Ledger): Promise<void> => {
      await scaleTo(cluster, 5);
      assert.equal((await cluster.healthy(180)).readyInstances, 5);
      await happened(cluster, 'ScaleUp');
      await cluster.annotate('redis.io/switchover-to=shop-4');
      await eventually(
        'shop-4 is primary',
        async () => ((await cluster.status()).currentPrimary === 'shop-4' ? true : undefined),
        30,
      );
      await cluster.healthy(60);
      const { count } = ledger;
      await scaleTo(cluster, 2);
      await shrunkTo(['shop-0', 'shop-1']);
      assert.ok(ledger.count > count, 'it was written to meanwhile');
      await happened(cluster, 'ScaleDown');
    };
    // One that is alone has no replica to wait for: ledger A alone.
    const account = await Ledger.during(cluster, 0, use, pauses.dense);
    const { acknowledged, longestGap } = account;
    context.diagnostic(`no write for ${longestGap} ms; ${acknowledged.length} were acknowledged`);
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    assert.deepEqual(await missingFrom(leader, account), []);
    leader.disconnect();
    const { danglingPVC, lastFailover } = await cluster.status();
    assert.deepEqual(danglingPVC, ['shop-data-2', 'shop-data-3', 'shop-data-4']);
    const claims = await getJson<{ items: readonly unknown[] }>('pvc', '-n', namespace);
    assert.equal(claims.items.length, 5);
    assert.equal(lastFailover, undefined, 'nobody failed');
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
});
