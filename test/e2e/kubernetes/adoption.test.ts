import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  assertOnBothReplicas,
  dropNamespace,
  engineImage,
  makeNamespace,
  newName,
  TestCluster,
} from '../cluster.ts';
import { kubectl } from '../kubectl.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-adoption');
const keys = 1000;

describe(`what lies there already, with ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(60);
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    const batch = leader.pipeline();
    for (let key = 0; key < keys; key += 1) batch.set(`key:${key}`, String(key));
    await batch.exec();
    await assertOnBothReplicas(leader);
    leader.disconnect();
  });
  // What the test before left undone is no fault of the next.
  beforeEach(() => cluster.healthy(60));
  after(() => dropNamespace(namespace));

  test('Scenario 18: a copy without status, applied over pods and volumes that run, adopts them within 30 seconds, with all data', async () => {
    const primary = (await cluster.status()).currentPrimary;
    const uids = (await cluster.pods()).map(({ metadata }) => metadata.uid).sort();
    await kubectl('delete', 'redisclusters.redis.io', 'shop', '-n', namespace, '--cascade=orphan');
    await cluster.apply({ instances: 3 });
    const status = await cluster.healthy(30);
    assert.equal(status.currentPrimary, primary, 'the primary stays who it was');
    assert.deepEqual(
      (await cluster.pods()).map(({ metadata }) => metadata.uid).sort(),
      uids,
      'no pod was made anew',
    );
    const sizes = await cluster.onEach((client) => client.dbsize());
    assert.deepEqual([...sizes.values()], [keys, keys, keys]);
  });

  test('a pod that has failed is made anew on the same volume', async () => {
    const { currentPrimary } = await cluster.status();
    const victim = (await cluster.pods()).find(({ metadata }) => metadata.name !== currentPrimary)?.metadata;
    assert.ok(victim !== undefined);
    const evicted = {
      status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
    };
    await kubectl(
      'patch',
      'pod',
      victim.name,
      '-n',
      namespace,
      '--subresource=status',
      '-p',
      JSON.stringify(evicted),
    );
    await eventually(
      'another pod is there',
      async () =>
        (await cluster.pods()).find(
          ({ metadata }) => metadata.name === victim.name && metadata.uid !== victim.uid,
        ),
      60,
    );
    await cluster.healthy(60);
    const sizes = await cluster.onEach((client) => client.dbsize());
    assert.equal(sizes.get(victim.name), keys);
  });

  test('a spec that breaks a rule is told of and touches nothing, and is done with once it is mended', async () => {
    const uids = (await cluster.pods()).map(({ metadata }) => metadata.uid).sort();
    await cluster.apply({
      instances: 3,
      podTemplate: { spec: { volumes: [{ name: 'data', emptyDir: {} }] } },
    });
    const { generation } = (await cluster.stored()).metadata;
    const condition = await eventually(
      'SpecValid says what is wrong',
      async () => {
        const { observedGeneration, conditions = [] } = await cluster.status();
        return observedGeneration === generation
          ? conditions.find(({ type }) => type === 'SpecValid')
          : undefined;
      },
      20,
    );
    assert.equal(condition.status, 'False');
    assert.match(condition.message, /podTemplate.*volumes/);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(30);
    assert.deepEqual((await cluster.pods()).map(({ metadata }) => metadata.uid).sort(), uids);
  });
});
