import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { deleteKindCluster, isKindCluster } from './kind.ts';
import { withLock } from './lock.ts';
import { planCluster } from './plan.ts';
import { say, step } from './progress.ts';
import { takeDown } from './teardown.ts';

const folder = join(cacheFolder(), 'cluster');

await withLock(join(cacheFolder(), 'cluster.lock'), async () => {
  if (!existsSync(folder)) return say('There is no cluster of ours.');
  if (isKindCluster(folder)) return deleteKindCluster(folder);
  return step('end the cluster', () => takeDown(planCluster(folder)));
});
