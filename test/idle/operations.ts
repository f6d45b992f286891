import { engines } from '../cluster/engines/engines.ts';
import { engineImage, type TestCluster } from '../e2e/cluster.ts';
import { memberOf, serverPid, signalAll } from '../e2e/members.ts';
import { allMadeAnew, conditionIs, makeLarger, scaleTo, uidsOf } from '../e2e/planned/operations.ts';
import { remake } from '../e2e/planned/remake.ts';

const otherImage = engines.map(({ image }) => image).find((image) => image !== engineImage) ?? engineImage;
export const usual = { instances: 2, resources: { requests: { cpu: '10m', memory: '64Mi' } } };

/** What is done to a cluster before it is left alone, by its name. */
export const operations: Readonly<Record<string, (cluster: TestCluster) => Promise<unknown>>> = {
  untouched: () => Promise.resolve(),
  'switched-over': async (cluster) => {
    const { currentPrimary, term = 0 } = await cluster.status();
    const to = (await cluster.pods()).find(({ metadata }) => metadata.name !== currentPrimary);
    await cluster.annotate(`redis.io/switchover-to=${to?.metadata.name}`);
    await cluster.primaryAfter(term, 60);
  },
  'failed-over': async (cluster) => {
    const { term = 0 } = await cluster.status();
    signalAll([serverPid(await memberOf(cluster))], 'SIGKILL');
    await cluster.primaryAfter(term, 60);
  },
  'made-anew': async (cluster) => await remake(cluster, `${cluster.name}-0`),
  configured: (cluster) => cluster.apply({ ...usual, redis: { 'maxmemory-policy': 'allkeys-lru' } }),
  restarted: async (cluster) => {
    const before = await uidsOf(cluster);
    await cluster.annotate('redis.io/restartedAt=now');
    await allMadeAnew(cluster, before, 180);
  },
  updated: async (cluster) => {
    const before = await uidsOf(cluster);
    await cluster.apply({ ...usual, imageName: otherImage });
    await allMadeAnew(cluster, before, 180);
  },
  resized: (cluster) => cluster.apply({ ...usual, resources: { requests: { cpu: '20m', memory: '96Mi' } } }),
  scaled: async (cluster) => {
    for (const count of [3, 1, 2]) {
      await scaleTo(cluster, count);
      await cluster.healthy(120);
    }
  },
  grown: async (cluster) => {
    await cluster.apply({ ...usual, storage: { size: '96Mi' } });
    await conditionIs(cluster, ['PVCResizeInProgress', 'True', 'Resizing'], 60);
    await Promise.all([0, 1].map((ordinal) => makeLarger(cluster, ordinal, 96)));
  },
  'woken-up': async (cluster) => {
    await cluster.annotate('redis.io/hibernation=on');
    await conditionIs(cluster, ['Hibernated', 'True', 'Hibernated'], 90);
    await cluster.annotate('redis.io/hibernation=off');
  },
};
