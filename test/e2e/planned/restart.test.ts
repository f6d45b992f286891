import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { eventually } from '../wait.ts';
import { remake } from './remake.ts';

const namespace = newName('e2e-restart');

describe(`replicas of a cluster of ${engineImage} that are made anew`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(60);
  });
  after(() => dropNamespace(namespace));

  test('go on where they ended: no full resynchronisation, and the same data', async () => {
    const { currentPrimary = '' } = await cluster.status();
    const pods = await cluster.pods();
    const primary = pods.find(({ metadata }) => metadata.name === currentPrimary);
    const client = await cluster.connect(primary?.status.podIP ?? '');
    const syncs = async (): Promise<readonly number[]> => {
      const info = await client.info('stats');
      return ['sync_full', 'sync_partial_ok'].map((name) =>
        Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]),
      );
    };
    try {
      for (let count = 0; count < 1000; count += 1) await client.set(`before:${count}`, 'x'.repeat(100));
      const [full = Number.NaN, partial = Number.NaN] = await syncs();
      for (const { metadata } of pods.filter(({ metadata: { name } }) => name !== currentPrimary)) {
        await remake(cluster, metadata.name);
        await client.set(`after:${metadata.name}`, 'x');
      }
      assert.deepEqual(await syncs(), [full, partial + 2]);
      await eventually(
        'all hold the same',
        async () => {
          const digests = await cluster.onEach(async (each) => String(await each.call('DEBUG', 'DIGEST')));
          assert.equal(new Set(digests.values()).size, 1);
          return true as const;
        },
        15,
      );
    } finally {
      client.disconnect();
    }
  });
});
