import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseQuantity } from '../../../api/v1/quantity.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson, kubectl, kubectlWith } from '../kubectl.ts';
import { conditionIs, conditionOf, happened, makeLarger, uidsOf } from '../planned/operations.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-storage');

describe(`volumes of a cluster of ${engineImage}`, { concurrency: true }, () => {
  const made = makeNamespace(namespace);
  after(async () => {
    await dropNamespace(namespace);
    await kubectl('delete', 'storageclass', namespace, '--ignore-not-found');
  });

  test('where the class allows it, every claim asks for more at once; where it does not, that is told', async () => {
    await made;
    const [growing, fixed] = [new TestCluster(namespace, 'growing'), new TestCluster(namespace, 'fixed')];
    await makeFixedClass(namespace);
    const onFixed = (size: string) => ({ instances: 1, storage: { size, storageClassName: namespace } });
    await growing.apply({ instances: 2 });
    await fixed.apply(onFixed('64Mi'));
    await Promise.all([growing.healthy(90), fixed.healthy(90)]);
    await growing.apply({ instances: 2, storage: { size: '96Mi' } });
    await conditionIs(growing, ['PVCResizeInProgress', 'True', 'Resizing'], 30);
    assert.deepEqual(await requestsOf('growing'), [mebibytes(96), mebibytes(96)]);
    await happened(growing, 'PVCResizeStarted');
    await Promise.all([0, 1].map((number) => makeLarger(growing, number, 96)));
    await eventually(
      'it is done',
      async () => ((await conditionOf(growing, 'PVCResizeInProgress')) === undefined ? true : undefined),
      30,
    );
    await happened(growing, 'PVCResizeCompleted');
    await fixed.apply(onFixed('96Mi'));
    const message = await conditionIs(fixed, ['PVCResizeInProgress', 'False', 'Failed'], 30);
    assert.match(message, /fixed-data-0: .*resize/);
    assert.deepEqual(await requestsOf('fixed'), [mebibytes(64)]);
    await fixed.healthy(30);
  });

  test('a volume that is fuller than it may be grows by itself, the next step when the last is done, up to its limit', async () => {
    await made;
    const cluster = new TestCluster(namespace, 'filling');
    // A volume here is a folder, and as full as the disk that it lies on.
    const autoGrow = { thresholdPercent: 1, step: '16Mi', limit: '90Mi' };
    await cluster.apply({ instances: 2, storage: { size: '64Mi', autoGrow } });
    await cluster.healthy(120);
    const whole = await uidsOf(cluster);
    for (const size of [80, 90]) {
      await eventually('both ask for a step more', () => bothAskFor(size), 30);
      await conditionIs(cluster, ['PVCResizeInProgress', 'True', 'Resizing'], 30);
      await Promise.all([0, 1].map((number) => makeLarger(cluster, number, size)));
    }
    await eventually(
      'it is done',
      async () => ((await conditionOf(cluster, 'PVCResizeInProgress')) === undefined ? true : undefined),
      30,
    );
    await sleep(12_000); // Longer than a settled cluster is left unlooked at.
    assert.ok(await bothAskFor(90), 'no claim goes beyond the limit');
    assert.equal((await cluster.stored()).metadata.generation, 1, 'the spec is the user’s (I12)');
    assert.deepEqual(await uidsOf(cluster), whole, 'no pod is made anew');
  });

  const bothAskFor = async (size: number): Promise<true | undefined> => {
    const requests = await requestsOf('filling');
    return requests.length === 2 && requests.every((bytes) => bytes === mebibytes(size)) ? true : undefined;
  };

  test('a cluster that is put to sleep wakes with its data and its primary', async () => {
    await made;
    const cluster = new TestCluster(namespace, 'sleeper');
    await cluster.apply({ instances: 3 });
    const { currentPrimary } = await cluster.healthy(90);
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    await leader.set('kept', 'yes');
    leader.disconnect();
    await cluster.annotate('redis.io/hibernation=on');
    await conditionIs(cluster, ['Hibernated', 'True', 'Hibernated'], 60);
    assert.equal((await cluster.status()).phase, 'Hibernating');
    assert.deepEqual(await cluster.pods(), []);
    await cluster.annotate('redis.io/hibernation=off');
    assert.equal((await cluster.healthy(90)).currentPrimary, currentPrimary);
    const kept = await cluster.onEach((client) => client.get('kept'));
    assert.deepEqual([...kept.values()], ['yes', 'yes', 'yes']);
    for (const reason of ['Hibernating', 'Resuming']) await happened(cluster, reason);
  });

  async function requestsOf(name: string): Promise<readonly (bigint | undefined)[]> {
    const selector = `redis.io/cluster=${name}`;
    const list = await getJson<Claims>('pvc', '-n', namespace, '-l', selector);
    return list.items.map(({ spec }) => parseQuantity(spec.resources.requests.storage));
  }
});

const mebibytes = (count: number): bigint => BigInt(count) * 1024n * 1024n;

interface Claims {
  readonly items: readonly {
    readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  }[];
}

/** As the test cluster's own class, but that nobody can grow its volumes. */
async function makeFixedClass(name: string): Promise<void> {
  const { items } = await getJson<{ items: readonly Readonly<Record<string, unknown>>[] }>('storageclasses');
  const { provisioner, parameters, volumeBindingMode } = items[0] ?? {};
  const rest = { provisioner, parameters, volumeBindingMode, allowVolumeExpansion: false };
  await kubectlWith(
    { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, ...rest },
    'apply',
  );
}
