import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson } from '../kubectl.ts';
import { Ledger, missingFrom, pauses } from '../ledger.ts';
import { eventually } from '../wait.ts';
import { handedOver, primaryOf, replicaOf } from './hand-over.ts';

const namespace = newName('e2e-switchover');

describe(`planned switchovers of a cluster of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
  });
  // What the test before left undone is no fault of the next.
  beforeEach(() => cluster.healthy(90));
  after(() => dropNamespace(namespace));

  test('redis.io/switchover-to moves the primary to the pod it names, and loses nothing', async (context) => {
    for (let round = 0; round < 3; round += 1) {
      const from = await primaryOf(cluster);
      const to = await replicaOf(cluster);
      const longestGap = await withoutLoss(cluster, async () => {
        await cluster.annotate(`redis.io/switchover-to=${to}`);
        const { lastSwitchover, term } = await handedOver(cluster, from, 20);
        assert.equal(lastSwitchover?.to, to);
        assert.equal(lastSwitchover?.term, term);
        assert.match(lastSwitchover?.because ?? '', /the user asked for/);
      });
      context.diagnostic(`no write for ${longestGap} ms`);
      const status = await cluster.healthy(30);
      assert.equal(status.currentPrimary, to);
      await cluster.agreed(30);
    }
    assert.ok((await eventsOf('SwitchoverCompleted')).length >= 3);
    assert.equal((await eventsOf('FailoverStarted')).length, 0);
  });

  test('a request that cannot be carried out is refused once, with the reason, and may be made again', async () => {
    const from = await primaryOf(cluster);
    await cluster.annotate('redis.io/switchover-to=shop-9');
    const { lastSwitchover } = await eventually(
      'it is refused',
      async () => {
        const status = await cluster.status();
        return status.lastSwitchover?.refused === undefined ? undefined : status;
      },
      20,
    );
    assert.equal(lastSwitchover?.refused, 'there is no instance of the name shop-9');
    await sleep(3000);
    assert.equal((await eventsOf('SwitchoverRefused')).length, 1);
    assert.equal(await primaryOf(cluster), from);
    const to = await replicaOf(cluster);
    await cluster.annotate('redis.io/switchover-to-');
    await eventually(
      'the answer is forgotten',
      async () => ((await cluster.status()).switchoverAnswered === undefined ? true : undefined),
      20,
    );
    await cluster.annotate(`redis.io/switchover-to=${to}`);
    await handedOver(cluster, from, 20);
    await cluster.healthy(30);
  });

  test('a primary whose pod is deleted is relieved before its Redis ends, and nothing is lost', async (context) => {
    const from = await primaryOf(cluster);
    const longestGap = await withoutLoss(cluster, async () => {
      await cluster.deletePod(from);
      const { lastSwitchover } = await handedOver(cluster, from, 20);
      assert.equal(lastSwitchover?.because, `${from} is being stopped`);
    });
    context.diagnostic(`no write for ${longestGap} ms`);
    await cluster.healthy(90);
    await cluster.agreed(30);
    assert.equal((await eventsOf('FailoverStarted')).length, 0);
  });
});

/** The longest time without a write, while nothing that was acknowledged is lost. */
async function withoutLoss(cluster: TestCluster, change: () => Promise<void>): Promise<number> {
  const use = async (ledger: Ledger): Promise<void> => {
    await sleep(300);
    await change();
    const { count } = ledger;
    await eventually('writes go on', async () => (ledger.count > count + 50 ? true : undefined), 20);
  };
  const account = await Ledger.during(cluster, 0, use, pauses.none);
  const leader = await cluster.connect(await cluster.serviceAddress('leader'));
  assert.deepEqual(await missingFrom(leader, account), []);
  leader.disconnect();
  return account.longestGap;
}

async function eventsOf(reason: string): Promise<readonly unknown[]> {
  const list = await getJson<{ items: unknown[] }>(
    'events',
    '-n',
    namespace,
    '--field-selector',
    `reason=${reason}`,
  );
  return list.items;
}
