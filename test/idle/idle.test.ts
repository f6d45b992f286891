import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writesWhileIdle } from '../e2e/audit.ts';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';

const namespace = newName('e2e-idle');
const minutes = Number(process.env['IDLE_MINUTES'] ?? 10);

describe('an idle cluster', () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(60);
  });
  after(() => dropNamespace(namespace));

  test(`causes no API write in ${minutes} minutes, by the API server's own record`, async () => {
    // The last probes and endpoint changes of the start settle within seconds: it is idle from the last of them on.
    await sleep(15_000);
    assert.deepEqual(await writesWhileIdle(namespace, minutes * 60_000), []);
  });
});
