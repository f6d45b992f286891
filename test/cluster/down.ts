import { existsSync } from 'node:fs';
import { clusterFolder } from './cache.ts';
import { deleteKindCluster, isKindCluster } from './kind.ts';
import { withLock } from './lock.ts';
import { planCluster } from './plan.ts';
import { say, step } from './progress.ts';
import { takeDown } from './teardown.ts';

const folder = clusterFolder();

await withLock(`${folder}.lock`, async () => {
  if (!existsSync(folder)) return say('There is no cluster of ours.');
  if (isKindCluster(folder)) return deleteKindCluster(folder);
  return step('end the cluster', () => takeDown(planCluster(folder)));
});
