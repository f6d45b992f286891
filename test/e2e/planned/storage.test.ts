import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson, kubectl, kubectlWith } from '../kubectl.ts';
import { eventually } from '../wait.ts';
import { conditionIs, conditionOf, eventsOf } from './operations.ts';

const namespace = newName('e2e-storage');

describe(`volumes of a cluster of ${engineImage}`, () => {
  before(() => makeNamespace(namespace));
  after(async () => {
    await dropNamespace(namespace);
    await kubectl('delete', 'storageclass', namespace, '--ignore-not-found');
  });

  test('where the class allows it, every claim asks for more at once; where it does not, that is told', async () => {
    const [growing, fixed] = [new TestCluster(namespace, 'growing'), new TestCluster(namespace, 'fixed')];
    await makeFixedClass(namespace);
    const onFixed = (size: string) => ({ instances: 1, storage: { size, storageClassName: namespace } });
    await growing.apply({ instances: 2 });
    await fixed.apply(onFixed('64Mi'));
    await Promise.all([growing.healthy(90), fixed.healthy(90)]);
    await growing.apply({ instances: 2, storage: { size: '96Mi' } });
    await conditionIs(growing, ['PVCResizeInProgress', 'True', 'Resizing'], 30);
    assert.deepEqual(await requestsOf('growing'), ['96Mi', '96Mi']);
    assert.equal(await eventsOf(growing, 'PVCResizeStarted'), 1);
    await Promise.all([0, 1].map((number) => makeLarger(`growing-data-${number}`)));
    await eventually(
      'it is done',
      async () => ((await conditionOf(growing, 'PVCResizeInProgress')) === undefined ? true : undefined),
      30,
    );
    assert.equal(await eventsOf(growing, 'PVCResizeCompleted'), 1);
    await fixed.apply(onFixed('96Mi'));
    const message = await conditionIs(fixed, ['PVCResizeInProgress', 'False', 'Failed'], 30);
    assert.match(message, /fixed-data-0: .*resize/);
    assert.deepEqual(await requestsOf('fixed'), ['64Mi']);
    await fixed.healthy(30);
  });

  test('a cluster that is put to sleep wakes with its data and its primary', async () => {
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
    for (const reason of ['Hibernating', 'Resuming'])
      assert.equal(await eventsOf(cluster, reason), 1, reason);
  });

  async function requestsOf(name: string): Promise<readonly string[]> {
    const selector = `redis.io/cluster=${name}`;
    const list = await getJson<Claims>('pvc', '-n', namespace, '-l', selector);
    return list.items.map(({ spec }) => spec.resources.requests.storage);
  }
});

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

/** What a driver says when it has grown a volume: that of the test cluster cannot. */
const makeLarger = (claim: string): Promise<string> => {
  const grown = JSON.stringify({ status: { capacity: { storage: '96Mi' } } });
  return kubectl('patch', 'pvc', claim, '-n', namespace, '--subresource=status', '-p', grown);
};
