import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { kubectl } from '../kubectl.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-absence');

/** What takes the operator away from every cluster there is: nothing else runs beside these tests. */
describe(`the operator's absence, with ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(60);
  });
  after(() => dropNamespace(namespace));

  test('the operator can be killed at any time, and no role changes', async () => {
    const before = await cluster.status();
    for (let round = 0; round < 3; round += 1) {
      await kubectl(
        'delete',
        'pod',
        '-n',
        'redis-operator-system',
        '-l',
        'app.kubernetes.io/name=redis-operator',
        '--force',
        '--grace-period=0',
      );
      await kubectl(
        'rollout',
        'status',
        'deployment/redis-operator',
        '-n',
        'redis-operator-system',
        '--timeout=60s',
      );
    }
    const after = await cluster.healthy(60);
    assert.equal(after.term, before.term);
    assert.equal(after.currentPrimary, before.currentPrimary);
  });

  test('a namespace can be deleted while the operator is away', async () => {
    const doomed = newName('e2e-doomed');
    await makeNamespace(doomed);
    const cluster = new TestCluster(doomed, 'shop');
    await cluster.apply({ instances: 2 });
    await cluster.healthy(60);
    const deployment = ['deployment/redis-operator', '-n', 'redis-operator-system'];
    await kubectl('scale', ...deployment, '--replicas=0');
    try {
      // Kubernetes looks again after half the pods' grace period, so this takes a minute or two.
      await kubectl('delete', 'namespace', doomed, '--wait=false');
      await eventually('the namespace is gone', () => isGone('namespace', doomed), 280);
    } finally {
      await kubectl('scale', ...deployment, '--replicas=1');
      await kubectl('rollout', 'status', ...deployment, '--timeout=60s');
    }
  });
});

const isGone = async (kind: string, name: string): Promise<true | undefined> =>
  (await kubectl('get', kind, name, '--ignore-not-found', '-o', 'name')) === '' ? true : undefined;
