import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutOff } from '../../cluster/faults.ts';
import { assertShorter } from '../../suite/deadlines.ts';
import { writesTo } from '../audit.ts';
import {
  assertOnBothReplicas,
  dropNamespace,
  engineImage,
  makeNamespace,
  newName,
  TestCluster,
} from '../cluster.ts';
import { lengths } from '../lengths.ts';
import { memberOf, serverPid } from '../members.ts';
import { observed, tell } from '../observed.ts';
import { operatorAddress } from '../operator.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-scenarios');

/** Those of the field's troubles that meet one cluster alone; what meets the operator is in test/e2e/alone, what meets a node in test/e2e/nodes. */
describe(`scenarios of failover, with ${engineImage}`, { concurrency: true }, () => {
  const made = makeNamespace(namespace);
  after(() => dropNamespace(namespace));

  test('Scenario 8: a primary that only the operator cannot reach goes on, and the status says so (I8)', async (context) => {
    await made;
    const cluster = new TestCluster(namespace, 'unseen');
    await cluster.apply({ instances: 3 });
    const { term, currentPrimary } = await cluster.healthy(120);
    const { container } = await memberOf(cluster);
    const cut = { kind: 'from', address: await operatorAddress() } as const;
    const seen = await observed(cluster, async () => {
      const heal = await cutOff(container, cut);
      try {
        await eventually('the status says it', () => saysItIsHeard(cluster), 20);
        const from = new Date().toISOString();
        await sleep(lengths.unseenSeconds * 1000);
        assert.ok(await saysItIsHeard(cluster), 'the status says it still');
        const written = writesTo(namespace, from).filter((each) => each.includes('redisclusters/unseen'));
        assert.ok(written.length < lengths.unseenSeconds / 5, `written ${written.length} times`);
      } finally {
        await heal();
      }
    });
    const after = await cluster.status();
    assert.deepEqual([after.term, after.currentPrimary], [term, currentPrimary]);
    assert.equal(seen.lostOfA, 0);
    assertShorter(seen.a.longestGap, 2000, tell(seen));
    context.diagnostic(tell(seen));
  });

  test('Scenario 5: 10,000 keys of a cluster that keeps nothing on disk outlive the redis-server of its primary (I5)', async (context) => {
    await made;
    const cluster = new TestCluster(namespace, 'memory');
    await cluster.apply({ instances: 3, persistence: 'none', storage: { type: 'emptyDir' } });
    await cluster.healthy(120);
    const keys = Array.from({ length: 10_000 }, (_, index) => `key:${index}`);
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    await leader.mset(keys.flatMap((key) => [key, key]));
    await assertOnBothReplicas(leader);
    leader.disconnect();
    const seen = await observed(cluster, async ({ goOn }) => {
      const { term = 0 } = await cluster.status();
      process.kill(serverPid(await memberOf(cluster)), 'SIGKILL');
      await cluster.primaryAfter(term, 10);
      await goOn(10);
    });
    const present = await cluster.onEach((client) => client.exists(keys));
    assert.deepEqual([...present.values()], [10_000, 10_000, 10_000]);
    const emptied = await cluster.onEach((client) => client.info('replication'));
    for (const [pod, info] of emptied) assert.match(info, /connected_slaves:|role:slave/, pod);
    context.diagnostic(tell(seen));
  });

  describe('one after the other', { concurrency: false }, () => {
    const cluster = new TestCluster(namespace, 'shop');
    before(async () => {
      await made;
      await cluster.apply({ instances: 3 });
    });
    // What the test before left undone is no fault of the next.
    beforeEach(() => cluster.healthy(120));

    test('Scenario 3: all three are pointed elsewhere by hand: one primary within 15 seconds, and no key is lost', async (context) => {
      const seen = await observed(cluster, async ({ goOn }) => {
        await cluster.onEach((client) => client.call('REPLICAOF', '10.0.0.99', '6379'));
        await cluster.agreed(15);
        await goOn(5);
      });
      assert.equal(seen.lostOfA, 0);
      context.diagnostic(tell(seen));
    });

    test('Scenario 6: a primary is deleted, then its replacement as soon as it runs, and so is the next: it converges within 30 seconds each time', async (context) => {
      const seen = await observed(cluster, async ({ goOn }) => {
        for (let round = 0; round < 2; round += 1) {
          const { currentPrimary: old = '', term = 0 } = await cluster.status();
          await deleteTwice(cluster, old);
          await cluster.primaryAfter(term, 30);
          await goOn(10);
        }
        await cluster.healthy(30);
      });
      context.diagnostic(tell(seen));
    });

    test('Scenario 7: a replica that is made a primary by hand takes no write, and is one no more within 10 seconds (I2)', async (context) => {
      const primary = await memberOf(cluster);
      const replica = (await cluster.pods()).find(({ metadata }) => metadata.name !== primary.pod);
      const seen = await observed(cluster, async () => {
        const client = await cluster.connect(replica?.status.podIP ?? '');
        await client.call('REPLICAOF', 'NO', 'ONE');
        for (let number = 0; number < 20; number += 1)
          await assert.rejects(client.set(`rival:${number}`, number), /NOREPLICAS|READONLY/);
        client.disconnect();
        await eventually('it follows again', () => isSlave(cluster, replica?.metadata.name ?? ''), 10);
      });
      assert.equal((await cluster.status()).currentPrimary, primary.pod);
      assert.equal(seen.lostOfA, 0);
      context.diagnostic(tell(seen));
    });
  });
});

async function saysItIsHeard(cluster: TestCluster): Promise<true | undefined> {
  const { conditions = [] } = await cluster.status();
  const available = conditions.find(({ type }) => type === 'PrimaryAvailable');
  return available?.message.includes('hears it') ? true : undefined;
}

/** Deletes a pod, and the one that takes its place as soon as its container runs. */
async function deleteTwice(cluster: TestCluster, name: string): Promise<void> {
  const uidNow = async (): Promise<string | undefined> => {
    const pod = (await cluster.pods()).find(({ metadata }) => metadata.name === name);
    const runs = pod?.status.containerStatuses?.some(({ containerID }) => containerID !== undefined);
    return runs === true ? pod?.metadata.uid : undefined;
  };
  const first = await uidNow();
  await cluster.deletePod(name);
  const replaced = async (): Promise<string | undefined> => {
    const uid = await uidNow();
    return uid === first ? undefined : uid;
  };
  await eventually(`a new ${name} runs`, replaced, 60);
  await cluster.deletePod(name);
}

const isSlave = async (cluster: TestCluster, pod: string): Promise<true | undefined> =>
  (await cluster.roles()).get(pod) === 'slave' ? true : undefined;
