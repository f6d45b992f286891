import { otherImage, type TestCluster } from '../e2e/cluster.ts';
import { handedOver, primaryOf, replicaOf } from '../e2e/planned/hand-over.ts';
import {
  allMadeAnew,
  conditionIs,
  killPrimary,
  logEverything,
  makeLarger,
  scaleTo,
  uidsOf,
} from '../e2e/planned/operations.ts';
import { remake } from '../e2e/planned/remake.ts';

/** Small: there is one of them for each operation. */
export const usual = {
  instances: 2,
  redis: logEverything,
  resources: { requests: { cpu: '10m', memory: '64Mi' } },
};

type Operation = (cluster: TestCluster) => Promise<unknown>;

const restartedWith =
  (change: Operation): Operation =>
  async (cluster) => {
    const before = await uidsOf(cluster);
    await change(cluster);
    await allMadeAnew(cluster, before, 180);
  };

const changed =
  (part: Readonly<Record<string, unknown>>): Operation =>
  (cluster) =>
    cluster.apply({ ...usual, ...part });

/** What can be done to a cluster of two before it is left alone, by a name for the cluster. */
export const operations: Readonly<Record<string, Operation>> = {
  creation: async () => undefined,
  switchover: async (cluster) => {
    const from = await primaryOf(cluster);
    await cluster.annotate(`redis.io/switchover-to=${await replicaOf(cluster)}`);
    await handedOver(cluster, from, 60);
  },
  failover: (cluster) => killPrimary(cluster, 60),
  deletion: async (cluster) => {
    for (const ordinal of [0, 1]) await remake(cluster, `${cluster.name}-${ordinal}`);
  },
  configuration: changed({ redis: { ...logEverything, 'maxmemory-policy': 'allkeys-lru' } }),
  'settings-of-a-start': restartedWith(changed({ redis: { ...logEverything, databases: '5' } })),
  restart: restartedWith((cluster) => cluster.annotate('redis.io/restartedAt=now')),
  'rolling-update': restartedWith(changed({ imageName: otherImage })),
  resize: changed({ resources: { requests: { cpu: '20m', memory: '96Mi' } } }),
  'scaling-up': (cluster) => scaleTo(cluster, 3),
  'scaling-down': (cluster) => scaleTo(cluster, 1),
  growth: async (cluster) => {
    await changed({ storage: { size: '96Mi' } })(cluster);
    await conditionIs(cluster, ['PVCResizeInProgress', 'True', 'Resizing'], 60);
    await Promise.all([0, 1].map((ordinal) => makeLarger(cluster, ordinal, 96)));
  },
  hibernation: async (cluster) => {
    await cluster.annotate('redis.io/hibernation=on');
    await conditionIs(cluster, ['Hibernated', 'True', 'Hibernated'], 90);
    await cluster.annotate('redis.io/hibernation=off');
  },
  upgrade: (cluster) => cluster.annotate('redis.io/upgrade-managers=in-place'),
};
