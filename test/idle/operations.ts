import { engines } from '../cluster/engines/engines.ts';
import { engineImage, type TestCluster } from '../e2e/cluster.ts';
import { memberOf, serverPid, signalAll } from '../e2e/members.ts';
import { allMadeAnew, conditionIs, makeLarger, scaleTo, uidsOf } from '../e2e/planned/operations.ts';
import { remake } from '../e2e/planned/remake.ts';

const otherImage = engines.map(({ image }) => image).find((image) => image !== engineImage) ?? engineImage;
/** Few and small: idle instances are there while everything else is tested. */
export const usual = { instances: 2, resources: { requests: { cpu: '10m', memory: '64Mi' } } };

type Operation = (cluster: TestCluster) => Promise<unknown>;
type Spec = Readonly<Record<string, unknown>>;

/** What a cluster was last given: what is not in a spec any more is taken back. */
const given = new Map<TestCluster, Spec>();

function change(cluster: TestCluster, part: Spec): Promise<void> {
  const spec = { ...usual, ...given.get(cluster), ...part };
  given.set(cluster, spec);
  return cluster.apply(spec);
}

/** What can be done to a cluster before it is left alone. */
const operations = {
  switchOver: async (cluster) => {
    const { currentPrimary, term = 0 } = await cluster.status();
    const to = (await cluster.pods()).find(({ metadata }) => metadata.name !== currentPrimary);
    await cluster.annotate(`redis.io/switchover-to=${to?.metadata.name}`);
    await cluster.primaryAfter(term, 60);
  },
  failOver: async (cluster) => {
    const { term = 0 } = await cluster.status();
    signalAll([serverPid(await memberOf(cluster))], 'SIGKILL');
    await cluster.primaryAfter(term, 60);
  },
  makeAnew: async (cluster) => await remake(cluster, `${cluster.name}-0`),
  configure: (cluster) =>
    change(cluster, { redis: { 'enable-debug-command': 'yes', 'maxmemory-policy': 'allkeys-lru' } }),
  restart: async (cluster) => {
    const before = await uidsOf(cluster);
    await cluster.annotate('redis.io/restartedAt=now');
    await allMadeAnew(cluster, before, 180);
  },
  update: async (cluster) => {
    const before = await uidsOf(cluster);
    await change(cluster, { imageName: otherImage });
    await allMadeAnew(cluster, before, 180);
  },
  resize: (cluster) => change(cluster, { resources: { requests: { cpu: '20m', memory: '96Mi' } } }),
  scale: async (cluster) => {
    for (const count of [3, 1, 2]) {
      await scaleTo(cluster, count);
      await cluster.healthy(120);
    }
  },
  grow: async (cluster) => {
    await change(cluster, { storage: { size: '96Mi' } });
    await conditionIs(cluster, ['PVCResizeInProgress', 'True', 'Resizing'], 60);
    await Promise.all([0, 1].map((ordinal) => makeLarger(cluster, ordinal, 96)));
  },
  wakeUp: async (cluster) => {
    await cluster.annotate('redis.io/hibernation=on');
    await conditionIs(cluster, ['Hibernated', 'True', 'Hibernated'], 90);
    await cluster.annotate('redis.io/hibernation=off');
  },
} as const satisfies Readonly<Record<string, Operation>>;

/** By the cluster's name, one after the other: each leaves behind whatever it does. */
export const lives: Readonly<Record<string, readonly (readonly [keyof typeof operations, Operation])[]>> = {
  untouched: [],
  mended: named('switchOver', 'makeAnew', 'failOver', 'restart', 'wakeUp'),
  changed: named('configure', 'resize', 'scale', 'grow', 'update'),
};

function named(...names: readonly (keyof typeof operations)[]) {
  return names.map((name) => [name, operations[name]] as const);
}
