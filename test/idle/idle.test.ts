import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writesTo } from '../e2e/audit.ts';
import { dropNamespace, type TestCluster } from '../e2e/cluster.ts';
import { settingsSent } from '../e2e/planned/operations.ts';
import { DeadlineMissed } from '../suite/deadlines.ts';
import { idleClusters } from './left-alone.ts';
import { lives } from './operations.ts';

const minutes = Number(process.env['IDLE_MINUTES'] ?? 10);

/** CONFIG SET, by cluster and pod. */
async function sentTo(clusters: readonly TestCluster[]): Promise<readonly (readonly [string, number])[]> {
  const counts: (readonly [string, number])[] = [];
  for (const cluster of clusters) counts.push(...(await settingsSent(cluster)));
  return counts;
}

describe('idle clusters', () => {
  test(`cause no API write and are sent no CONFIG SET in ${minutes} minutes, whatever was done to them before, by the API server's own record`, async () => {
    const clusters = await idleClusters();
    const names = clusters.map(({ name }) => name);
    assert.deepEqual(names.sort(), Object.keys(lives).sort(), 'each cluster was left alone');
    const namespace = clusters[0]?.namespace ?? '';
    assert.ok(writesTo(namespace, '').length > 0, 'the record holds the writes that made the clusters');
    // The last probes and endpoint changes of the start settle within seconds.
    await sleep(15_000);
    const sent = await sentTo(clusters);
    const from = new Date().toISOString();
    await sleep(minutes * 60_000);
    const writes = writesTo(namespace, from);
    assert.deepEqual(await sentTo(clusters), sent);
    // What a kubelet has found unwell, for want of a processor, is told, and is not idle.
    if (writes.some((write) => write.includes('by system:node:')))
      throw new DeadlineMissed(writes.join('; '));
    assert.deepEqual(writes, []);
    await dropNamespace(namespace);
  });
});
