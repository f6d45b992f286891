import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';
import { kubectl } from '../e2e/kubectl.ts';
import { leftAlone } from './left-alone.ts';
import { lives, usual } from './operations.ts';

/** Idle afterwards, for ten minutes: idle.test.ts counts what is written then, while other tests run. */
describe('operations that leave a cluster idle', { concurrency: true }, () => {
  const namespace = newName('e2e-idle');
  const made = makeNamespace(namespace);
  for (const [name, operations] of Object.entries(lives))
    test(`a cluster is whole after all that is done to it: ${name}`, async (context) => {
      await made;
      const cluster = new TestCluster(namespace, name);
      await cluster.apply(usual);
      await cluster.healthy(120);
      for (const [operation, operate] of operations) {
        await operate(cluster);
        const { pendingChanges = [] } = await cluster.healthy(120);
        assert.deepEqual(pendingChanges, [], operation);
        context.diagnostic(operation);
      }
      await cluster.agreed(60);
      await kubectl('label', 'namespace', namespace, leftAlone(name), '--overwrite');
    });
});
