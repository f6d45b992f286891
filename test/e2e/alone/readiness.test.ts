import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';

const namespace = newName('e2e-ready');

describe(`from nothing to three instances of ${engineImage}`, () => {
  before(() => makeNamespace(namespace));
  after(() => dropNamespace(namespace));

  test('a new cluster of three is ready within 15 seconds', async () => {
    const cluster = new TestCluster(namespace, 'quick');
    await cluster.apply({ instances: 3 });
    await cluster.healthy(15);
  });
});
