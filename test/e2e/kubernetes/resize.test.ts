import assert from 'node:assert/strict';
import { after, describe, type TestContext, test } from 'node:test';
import { assertShorter } from '../../suite/deadlines.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { observed, tell } from '../observed.ts';
import { allMadeAnew, conditionIs, eventsOf, happened, uidsOf } from '../planned/operations.ts';
import { eventually } from '../wait.ts';
import { containersOf, type Limits, limitsOf, watchingLimits } from './limits.ts';

const namespace = newName('e2e-resize');
const mebibyte = 2 ** 20;

/** Requests and a limit of memory, in MiB. */
const resources = (cpu: string, memory: number) => ({
  resources: { requests: { cpu, memory: '128Mi' }, limits: { memory: `${memory}Mi` } },
});

/** Resolves once every container has this limit, its maxmemory follows, and the cluster is healthy. */
async function untilLimit(cluster: TestCluster, memory: number): Promise<readonly Limits[]> {
  const limits = await eventually(
    `every limit is ${memory} MiB`,
    async () => {
      const found = await limitsOf(cluster);
      const wrong = found.filter(
        ({ limit, maxMemory }) => limit !== memory * mebibyte || maxMemory !== memory * mebibyte * 0.75,
      );
      if (wrong.length > 0) throw new Error(JSON.stringify([wrong, (await cluster.status()).conditions]));
      return found;
    },
    90,
  );
  await cluster.healthy(60);
  return limits;
}

describe(`resources of clusters of ${engineImage}`, () => {
  const made = makeNamespace(namespace);
  after(() => dropNamespace(namespace));

  test('three grow and shrink under load, in place: nothing is restarted, nobody hands over, and maxmemory never has more than the container', async (context: TestContext) => {
    await made;
    const cluster = new TestCluster(namespace, 'three');
    await cluster.apply({ instances: 3, ...resources('100m', 384) });
    const { term } = await cluster.healthy(120);
    await untilLimit(cluster, 384);
    const before = await containersOf(cluster);
    const told = await observed(cluster, async ({ goOn }) => {
      const seen = await watchingLimits(cluster, async () => {
        await cluster.apply({ instances: 3, ...resources('150m', 640) });
        await untilLimit(cluster, 640);
        await happened(cluster, 'PodResized', 3);
        await goOn(10);
        await cluster.apply({ instances: 3, ...resources('100m', 320) });
        await untilLimit(cluster, 320);
      });
      context.diagnostic(`${seen.looks} looks at maxmemory and limit`);
      assert.deepEqual(seen.wrong, []);
      assert.ok(seen.looks > 20, `only ${seen.looks} looks`);
    });
    context.diagnostic(tell(told));
    assert.deepEqual(await containersOf(cluster), before, 'the same containers, started as often');
    assert.equal(told.lostOfA, 0);
    assertShorter(told.a.longestGap, 2000, 'no write');
    const status = await cluster.status();
    assert.deepEqual([status.term, status.lastSwitchover], [term, undefined]);
    await happened(cluster, 'PodResized', 6);
    assert.equal(await eventsOf(cluster, 'RollingUpdateStarted'), 0);
    assert.deepEqual(status.pendingChanges, []);
  });

  describe('several at once', { concurrency: true }, () => {
    test('another QoS class makes pods anew, one after the other, and the reason is told', async () => {
      await made;
      const cluster = new TestCluster(namespace, 'guaranteed');
      await cluster.apply({ instances: 2, ...resources('100m', 256) });
      await cluster.healthy(120);
      const old = await uidsOf(cluster);
      const amounts = { cpu: '100m', memory: '256Mi' };
      await cluster.apply({ instances: 2, resources: { requests: amounts, limits: amounts } });
      const told = await eventually(
        'why pods are made anew is told',
        async () => (await cluster.status()).rollingUpdate?.because,
        60,
      );
      assert.match(told, /not in place: its QoS class would change/);
      await allMadeAnew(cluster, old, 120);
    });

    test('what no node has makes one replica anew, which waits for a node with the kubelet’s words told; taking it back mends it', async () => {
      await made;
      const cluster = new TestCluster(namespace, 'infeasible');
      const spec = { instances: 2, ...resources('100m', 256) };
      await cluster.apply(spec);
      const { currentPrimary = '' } = await cluster.healthy(120);
      const old = await uidsOf(cluster);
      await cluster.apply({ instances: 2, resources: { requests: { cpu: '100m', memory: '900Gi' } } });
      await conditionIs(cluster, ['Progressing', 'False', 'Unschedulable'], 90);
      const status = await cluster.status();
      assert.match(status.rollingUpdate?.because ?? '', /not in place/);
      assert.equal((await uidsOf(cluster))[currentPrimary], old[currentPrimary], 'the primary is left alone');
      await cluster.apply(spec);
      await cluster.healthy(120);
      assert.equal((await uidsOf(cluster))[currentPrimary], old[currentPrimary], 'and stays as it was');
    });

    test('a limit that the data does not fit into is held up, says so and harms nobody; it comes once there is less', async () => {
      await made;
      const cluster = new TestCluster(namespace, 'full');
      const spec = { instances: 2, persistence: 'none', storage: { type: 'emptyDir' } };
      await cluster.apply({ ...spec, ...resources('100m', 768) });
      await cluster.healthy(120);
      const before = await containersOf(cluster);
      const leader = await cluster.connect(await cluster.serviceAddress('leader'));
      const value = 'x'.repeat(mebibyte);
      // A primary whose lease has run out on a busy machine takes no writes for a moment.
      const write = (key: string, text: string): Promise<'OK'> =>
        eventually(`${key} is written`, () => leader.set(key, text), 30);
      for (let n = 0; n < 250; n += 1) await write(`key-${n}`, value);
      await cluster.apply({ ...spec, ...resources('100m', 256) });
      // An instance that does not answer on a busy machine holds it up for a moment too.
      await eventually(
        'it is told that the data does not fit',
        async () => {
          const words = await conditionIs(cluster, ['Progressing', 'False', 'ResizeBlocked'], 60);
          assert.match(words, /full-\d holds more data than a memory limit of 256Mi leaves room for/);
          const { pendingChanges = [] } = await cluster.status();
          const waits = /maxmemory is set when full-\d holds less data/;
          return pendingChanges.some(({ reason }) => waits.test(reason)) ? true : undefined;
        },
        60,
      );
      await write('written', 'yes');
      for (const { limit } of await limitsOf(cluster)) assert.equal(limit, 768 * mebibyte);
      for (let n = 0; n < 250; n += 1)
        await eventually(`key-${n} is deleted`, () => leader.unlink(`key-${n}`), 30);
      leader.disconnect();
      await untilLimit(cluster, 256);
      assert.deepEqual(await containersOf(cluster), before);
    });
  });
});
