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
import { getJson, kubectl } from '../kubectl.ts';
import { eventually } from '../wait.ts';
import { aboutProcessOne } from './process-one.ts';

const namespace = newName('e2e-lifecycle');
const keys = 10_000;

describe(`the life of a cluster of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 1 });
  });
  after(() => dropNamespace(namespace));
  // What the test before left undone is no fault of the next.
  beforeEach(() => cluster.healthy(60));

  test('one instance becomes ready', async () => {
    const status = await cluster.healthy(60);
    assert.equal(status.readyInstances, 1);
    await cluster.agreed(10);
  });

  aboutProcessOne(cluster);

  test('three instances become ready, and everybody agrees who is primary', async () => {
    await cluster.apply({ instances: 3 });
    await cluster.healthy(60);
    await cluster.agreed(10);
  });

  test('10,000 keys written at the leader are on both replicas', async () => {
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    for (let from = 0; from < keys; from += 1000) {
      const batch = leader.pipeline();
      for (let key = from; key < from + 1000; key += 1) batch.set(`key:${key}`, `value:${key}`);
      for (const [failure] of (await batch.exec()) ?? []) assert.equal(failure, null);
    }
    await assertOnBothReplicas(leader);
    leader.disconnect();
    await sameDataEverywhere(cluster);
  });

  test('each pod that is deleted comes back with its data and follows', async () => {
    const pods = await cluster.pods();
    assert.equal(pods.length, 3);
    for (const { metadata: pod } of pods) {
      await cluster.deletePod(pod.name);
      await eventually(
        `${pod.name} is a new pod`,
        async () =>
          (await cluster.pods()).find(
            (one) => one.metadata.name === pod.name && one.metadata.uid !== pod.uid,
          ),
        60,
      );
      await cluster.healthy(60);
      await cluster.agreed(20);
      await sameDataEverywhere(cluster);
    }
  });

  test('objects that are deleted by hand come back within 10 seconds', async () => {
    const objects = [
      'service/shop-leader',
      'service/shop-replica',
      'service/shop-any',
      'pdb/shop-pdb',
      'role/shop',
      'rolebinding/shop',
    ];
    await kubectl('delete', ...objects, '-n', namespace);
    for (const object of objects) {
      await eventually(`${object} is back`, () => getJson(object, '-n', namespace), 10);
    }
  });

  test('volumes outlive the cluster, and a new one of that name takes them over with the data', async () => {
    await kubectl('delete', 'redisclusters.redis.io', 'shop', '-n', namespace);
    await eventually(
      'its pods are gone',
      async () => ((await cluster.pods()).length === 0 ? true : undefined),
      90,
    );
    const claims = await getJson<{ items: unknown[] }>('pvc', '-n', namespace, '-l', 'redis.io/cluster=shop');
    assert.equal(claims.items.length, 3);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(90);
    const sizes = await cluster.onEach((client) => client.dbsize());
    for (const [pod, size] of sizes) assert.equal(size, keys, pod);
  });
});

async function sameDataEverywhere(cluster: TestCluster): Promise<void> {
  const digests = await eventually(
    'all data sets are the same',
    async () => {
      const found = await cluster.onEach(
        async (client) => `${await client.dbsize()} ${await client.call('DEBUG', 'DIGEST')}`,
      );
      return new Set(found.values()).size === 1 ? found : undefined;
    },
    20,
  );
  for (const digest of digests.values()) assert.match(digest, new RegExp(`^${keys} `));
}
