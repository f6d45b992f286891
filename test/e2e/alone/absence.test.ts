import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { everybody, images } from '../everybody.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { operatorReady, withoutOperator } from '../operator.ts';
import { eventually } from '../wait.ts';
import { withoutOperatorAndApiServer } from './api-server.ts';
import { withOperatorComingAndGoing } from './scenarios.ts';

/** What takes the operator away, or the API server too, meets every cluster there is: nothing else runs beside these tests. */
describe(`the operator's absence, with ${images.join(' and ')}`, () => {
  const everyone = everybody('e2e-absence');
  const { clusters } = everyone;
  withoutOperatorAndApiServer(everyone);
  withOperatorComingAndGoing(everyone);

  test('the operator can be killed at any time, and no role changes (I9)', async () => {
    const tenures = (statuses: readonly { term?: number; currentPrimary?: string }[]): readonly unknown[] =>
      statuses.map(({ term, currentPrimary }) => [term, currentPrimary]);
    const before = await Promise.all(clusters.map((cluster) => cluster.status()));
    for (let round = 0; round < 3; round += 1) {
      const operator = ['-n', 'redis-operator-system', '-l', 'app.kubernetes.io/name=redis-operator'];
      await kubectl('delete', 'pod', ...operator, '--force', '--grace-period=0');
      await operatorReady();
    }
    const after = await Promise.all(clusters.map((cluster) => cluster.healthy(60)));
    assert.deepEqual(tenures(after), tenures(before));
  });

  test('a namespace can be deleted while the operator is away', async () => {
    const doomed = newName('e2e-doomed');
    await makeNamespace(doomed);
    const cluster = new TestCluster(doomed, 'shop', images[0]);
    await cluster.apply({ instances: 2 });
    await cluster.healthy(60);
    await withoutOperator(async () => {
      // Kubernetes looks again after half the pods' grace period, so this takes a minute or two.
      await dropNamespace(doomed);
      await eventually('the namespace is gone', () => isGone(doomed), 280);
    });
  });
});

async function isGone(namespace: string): Promise<true | undefined> {
  const { items } = await getJson<{ items: { metadata: { name: string } }[] }>('namespaces');
  return items.some(({ metadata }) => metadata.name === namespace) ? undefined : true;
}
