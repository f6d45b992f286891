import { existsSync } from 'node:fs';
import { clusterFolder, clusterFolders } from './cache.ts';
import { deleteKindCluster, isKindCluster } from './kind.ts';
import { withLock } from './lock.ts';
import { planCluster } from './plan.ts';
import { say, step } from './progress.ts';
import { takeDown } from './teardown.ts';

/** Ends the cluster that CLUSTER_NAME names, or else every one. */
const folders = process.env['CLUSTER_NAME'] ? [clusterFolder()].filter(existsSync) : clusterFolders();

if (folders.length === 0) say('There is no cluster of ours.');
for (const folder of folders) {
  await withLock(`${folder}.lock`, async () => {
    if (isKindCluster(folder)) return deleteKindCluster(folder);
    return step('end the cluster', () => takeDown(planCluster(folder)));
  });
}
