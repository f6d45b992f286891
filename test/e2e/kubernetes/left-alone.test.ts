import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, otherImage, TestCluster } from '../cluster.ts';
import { kubectl } from '../kubectl.ts';
import { observed, tell } from '../observed.ts';
import {
  allMadeAnew,
  conditionIs,
  conditionOf,
  happened,
  killPrimary,
  uidsOf,
} from '../planned/operations.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-alone');

describe(`clusters of ${engineImage} that people work on`, { concurrency: true }, () => {
  const made = makeNamespace(namespace);
  after(() => dropNamespace(namespace));

  test('with redis.io/reconcile: disabled nothing of it is touched but who is primary; then all is made up for', async (context) => {
    await made;
    const cluster = new TestCluster(namespace, 'disabled');
    await cluster.apply({ instances: 3 });
    await cluster.healthy(120);
    const old = await uidsOf(cluster);
    await cluster.annotate('redis.io/reconcile=disabled');
    await cluster.apply({ instances: 3, imageName: otherImage });
    await kubectl('delete', 'service', 'disabled-any', '-n', namespace);
    await eventually(
      'it is told what waits',
      async () => {
        const { pendingChanges = [] } = await cluster.status();
        return pendingChanges.some(({ reason }) => /left alone/.test(reason)) ? true : undefined;
      },
      20,
    );
    context.diagnostic(tell(await observed(cluster, ({ goOn }) => killedPrimaryIsReplaced(cluster, goOn))));
    assert.deepEqual(await uidsOf(cluster), old, 'no pod is made anew');
    await assert.rejects(kubectl('get', 'service', 'disabled-any', '-n', namespace), /NotFound/);
    await cluster.annotate('redis.io/reconcile-');
    await allMadeAnew(cluster, old, 180);
    await kubectl('get', 'service', 'disabled-any', '-n', namespace);
  });

  test('in a maintenance window failover stays on; that it is open is told, and that it is over', async (context) => {
    await made;
    const cluster = new TestCluster(namespace, 'maintained');
    await cluster.apply({ instances: 3 });
    await cluster.healthy(120);
    const old = await uidsOf(cluster);
    await cluster.apply({ instances: 3, nodeMaintenanceWindow: { inProgress: true } });
    await conditionIs(cluster, ['MaintenanceInProgress', 'True', 'WindowOpen'], 20);
    context.diagnostic(tell(await observed(cluster, ({ goOn }) => killedPrimaryIsReplaced(cluster, goOn))));
    await cluster.apply({ instances: 3, nodeMaintenanceWindow: { inProgress: false } });
    await eventually(
      'it is over',
      async () => ((await conditionOf(cluster, 'MaintenanceInProgress')) === undefined ? true : undefined),
      20,
    );
    for (const reason of ['MaintenanceWindowStarted', 'MaintenanceWindowEnded'])
      await happened(cluster, reason);
    assert.deepEqual(await uidsOf(cluster), old, 'no pod is made anew');
  });
});

async function killedPrimaryIsReplaced(
  cluster: TestCluster,
  goOn: (seconds: number) => Promise<void>,
): Promise<void> {
  await killPrimary(cluster, 20);
  await goOn(20);
}
