import { pods } from '../kube/resources.ts';
import type { Theme } from './story.ts';
import type { World } from './world.ts';

/** Whatever the seed says. */
export const mixed: Theme = {};

const three = { instances: 3, operators: 1, minSyncReplicas: 0, persistence: 'aof', storage: 'pvc' } as const;

const nodeOfPrimary = (world: World): string =>
  world.redises.find((redis) => redis.follows === undefined && redis.writeGate < 10)?.parts.process.node ??
  'node-a';

const cutOff = (world: World, node: string, from: readonly string[]): void => {
  for (const other of from) {
    world.network.cut(node, other);
    world.network.cut(other, node);
  }
};

const everybody = (world: World): readonly string[] => [
  ...world.nodes,
  ...[...world.operators.keys()].map((identity) => `${identity}-node`),
  'control-plane',
];

/** The primary is cut off from everybody but clients. */
export const isolated: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 9_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell(`${node}, with the primary on it, is cut off from everybody but clients`);
    cutOff(world, node, everybody(world));
  },
};

/** The same, while what the operator says to the primary takes seconds to arrive. */
export const heldUp: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 11_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell(`what is said to ${node}, with the primary on it, arrives seconds later`);
    cutOff(world, node, [...world.nodes, 'control-plane']);
    world.network.slow('operator-0-node', node, world.chance.between(3_800, 5_600));
  },
};

/** The redis-server of the primary hangs, and its manager does not. */
export const hangs: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 9_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell(`the primary on ${node} is cut off from everybody but clients, and its redis-server hangs`);
    cutOff(world, node, everybody(world));
    const redis = world.redises.find((one) => one.parts.process.node === node)?.parts.process;
    redis?.freeze();
    world.scheduler.after(world.chance.between(5_000, 8_000), () => redis?.resume());
  },
};

/** The leader of two operators loses the API server, and goes on reaching the primary. */
export const deposed: Theme = {
  plan: { ...three, operators: 2, victims: 'anybody', faultsFor: 34_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    const lease = world.leader ?? 'operator-0';
    world.tell(
      `${lease} is cut off from the API server, and the primary on ${node} from all but it and clients`,
    );
    cutOff(world, `${lease}-node`, ['control-plane', ...world.nodes.filter((other) => other !== node)]);
    cutOff(
      world,
      node,
      everybody(world).filter((other) => other !== `${lease}-node`),
    );
  },
};

/** Redis-servers that keep nothing end while nobody can appoint anybody. */
export const empties: Theme = {
  plan: {
    ...three,
    persistence: 'none',
    victims: 'the primary',
    faultsFor: 6_000,
    faults: ['crash redis', 'crash instance', 'api outage', 'crash operator'],
  },
};

/** Primaries end one after the other, while their successors' replicas are attaching. */
export const attaching: Theme = {
  plan: {
    ...three,
    persistence: 'none',
    victims: 'the primary',
    faultsFor: 8_000,
    faults: ['crash redis', 'crash instance'],
  },
};

/** Replicas are behind, each as far as its link is slow, when the primary ends. */
export const behind: Theme = {
  plan: { ...three, minSyncReplicas: 1, victims: 'anybody', faultsFor: 6_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    const replicas = world.redises.filter(({ parts }) => parts.process.node !== node);
    world.tell('one replica stops receiving, and then the primary ends');
    const [first] = replicas;
    if (first !== undefined) world.network.cut(node, first.parts.process.node);
    world.scheduler.after(1_500, () => {
      world.redises.find(({ parts }) => parts.process.node === node)?.stop('killed');
      world.network.heal();
    });
  },
};

/** The primary reaches its peers, but neither operator nor API server; its Pod object is deleted by force. */
export const orphaned: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 12_000 },
  script: (world) => orphan(world, []),
};

/** The same, and its peers do not reach the API server either: only the operator does. */
export const unknowing: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 12_000 },
  script: (world) => orphan(world, world.nodes),
};

function orphan(world: World, blind: readonly string[]): void {
  const node = nodeOfPrimary(world);
  const pod = world.redises.find(({ parts }) => parts.process.node === node)?.parts.pod ?? '';
  world.tell(`${pod} is cut off from operator and API server, and its object is deleted by force`);
  cutOff(world, node, ['operator-0-node', 'control-plane']);
  world.server.delete(pods, { namespace: 'default', name: pod }, { gracePeriodSeconds: 0 });
  world.scheduler.after(1_500, () => {
    for (const other of blind) cutOff(world, other, ['control-plane']);
  });
}

/** Redis-servers of primaries end, and come back with what they had. */
export const restarts: Theme = {
  plan: {
    ...three,
    instances: 2,
    victims: 'the primary',
    faultsFor: 8_000,
    faults: ['crash redis', 'crash operator'],
  },
};
