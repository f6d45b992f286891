import { pods } from '../kube/resources.ts';
import type { SimRedis } from './redis/server.ts';
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

/** What the operator writes is late, and the candidate's Redis, which keeps nothing, is started anew meanwhile. */
export const hasty: Theme = {
  plan: { ...three, minSyncReplicas: 1, persistence: 'none', victims: 'anybody', faultsFor: 8_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    const [primary, ...replicas] = [...world.redises].sort(
      (a, b) =>
        Number(b.parts.process.node === node) - Number(a.parts.process.node === node) ||
        b.offset - a.offset ||
        (a.parts.pod < b.parts.pod ? -1 : 1),
    );
    world.tell('the primary ends, what the operator writes is late, and its candidate is started anew');
    world.network.slow('operator-0-node', 'control-plane', world.chance.between(700, 1_500));
    primary?.stop('killed');
    world.scheduler.after(world.chance.between(20, 60), () => replicas[0]?.stop('killed'));
  },
};

/** A primary that is cut off from all but the API server hears from there of its own appointment, seconds late. */
export const heardLate: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 12_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell('what is heard of the API server is seconds old, and the primary ends');
    for (const other of world.nodes.filter((one) => one !== node))
      world.network.slow('control-plane', other, world.chance.between(6_000, 7_000));
    redisOf(world, node)?.stop('killed');
    world.scheduler.after(1_500, () => {
      const appointed = world.redises.find(({ parts }) => parts.pod === world.tenure?.primary);
      world.tell(`${appointed?.parts.pod}, which was appointed, is cut off from operator and peers`);
      cutOff(world, appointed?.parts.process.node ?? '', ['operator-0-node', ...world.nodes]);
    });
  },
};

const redisOf = (world: World, node: string): SimRedis | undefined =>
  world.redises.find(({ parts }) => parts.process.node === node);

/** Calls `then` once, as soon as `holds` does. */
function when(world: World, holds: () => boolean, then: () => void): void {
  if (holds()) then();
  else world.scheduler.after(2, () => when(world, holds, then));
}

const isFenced = (world: World): boolean => world.tenure?.fenced === true;

/** The operator alone loses sight of the primary: its replicas go on hearing it. */
export const unsighted: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 6_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell(`operator-0-node and ${node}, with the primary on it, are cut off from each other`);
    cutOff(world, node, ['operator-0-node']);
  },
};

/** The primary proves its lease by reading, until the moment at which it is fenced. */
export const reading: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 11_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell(`${node}, with the primary on it, is cut off from the operator`);
    cutOff(world, node, ['operator-0-node']);
    world.scheduler.after(world.chance.between(2_000, 4_000), () => {
      world.tell(`${node} reaches the API server alone, and not even that once it is fenced`);
      cutOff(world, node, world.nodes);
    });
    when(
      world,
      () => isFenced(world),
      () => cutOff(world, node, ['control-plane']),
    );
  },
};

/** All that comes from a fenced primary, which has not heard of its fence, is one message; what is said to it arrives. */
export const flapping: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 12_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell(`${node}, with the primary on it, is cut off from everybody but clients`);
    cutOff(world, node, everybody(world));
    const { network, scheduler, chance } = world;
    const hears = (): void => {
      world.tell(`${node} hears the operator again, and is not heard`);
      network.join('operator-0-node', node);
      network.cut(node, 'operator-0-node');
    };
    const isHeard = (): void => {
      world.tell(`one message of ${node} gets through`);
      network.leak(node, 'operator-0-node');
    };
    when(
      world,
      () => isFenced(world),
      () => {
        scheduler.after(700, hears);
        scheduler.after(chance.between(900, 1_800), isHeard);
      },
    );
  },
};

/** An operator whose caches stand still decides on what nobody can read any more. */
export const blind: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 5_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell('the operator hears nothing from the API server, and is heard');
    world.network.cut('control-plane', 'operator-0-node');
    world.fence('shop-1');
    world.scheduler.after(200, () => redisOf(world, node)?.stop('killed'));
  },
};

/** The object of a primary that goes on where nobody sees it is deleted by force, and a pod made in its place at once. */
export const replacedByName: Theme = {
  ...orphaned,
  plan: { ...three, storage: 'emptyDir', persistence: 'none', victims: 'anybody', faultsFor: 12_000 },
};

/** A replica's link has just come up, and brings nothing yet, when the other one stops and the primary ends. */
export const justUp: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 9_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    const [one, other] = world.redises.filter(({ parts }) => parts.process.node !== node);
    if (one === undefined || other === undefined) return;
    world.tell(`the redis-server of ${one.parts.pod} is killed, and has to attach anew`);
    one.stop('killed');
    const attached = (): SimRedis | undefined =>
      world.redises.find(({ parts, streams, upstream }) => {
        return parts.pod === one.parts.pod && streams && upstream?.caughtUpAt === undefined;
      });
    const lacks = (): boolean => attached()?.data.includes(other.data.at(-1) ?? 0) === false;
    const strike = (): void => {
      world.tell(`${other.parts.pod} is frozen, and the redis-server of the primary is killed`);
      for (const process of world.processesOn(other.parts.process.node)) process.freeze();
      redisOf(world, node)?.stop('killed');
    };
    // By then it has said so.
    when(world, lacks, () => world.scheduler.after(100, strike));
  },
};

/** Of two replicas one is behind and the other stops when the primary's node loses its power. */
export const tooFew: Theme = {
  plan: { ...three, minSyncReplicas: 1, victims: 'anybody', faultsFor: 7_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    const [one, other] = world.redises.filter(({ parts }) => parts.process.node !== node);
    if (one === undefined || other === undefined) return;
    world.tell(
      `${one.parts.pod} stops receiving; then ${other.parts.pod} is frozen, and ${node} loses its power`,
    );
    world.network.cut(node, one.parts.process.node);
    world.scheduler.after(1_500, () => {
      for (const process of world.processesOn(other.parts.process.node)) process.freeze();
      world.network.vanish(node);
      world.kubelets.losePower(node);
    });
  },
};

/** Nobody can read whom the user has fenced when the primary ends. */
export const unreadableFence: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 5_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.fence('shop-1');
    world.scheduler.after(1_000, () => redisOf(world, node)?.stop('killed'));
  },
};

/** A replica that the user has fenced is restarted while nobody can read whom. */
export const forgottenFence: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 6_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    const pod = world.redises.find(({ parts }) => parts.process.node !== node)?.parts.pod ?? '';
    world.fence(JSON.stringify([pod]));
    world.scheduler.after(2_000, () => {
      world.fence(`[${pod}]`);
      world.tell(`the container of ${pod} is killed`);
      const instance = world.instances.find((one) => one.pod === pod);
      if (instance !== undefined) world.kubelets.killContainer(instance);
    });
  },
};

/** The redis-server of the primary is replaced while nobody can read the tenure. */
export const unreadableTenure: Theme = {
  plan: { ...three, victims: 'anybody', faultsFor: 6_000 },
  script: (world) => {
    const { tenure } = world;
    world.tell('the user writes nonsense over the term in the status');
    world.garbledTerm = tenure?.term;
    world.writeTerm('seven');
    world.scheduler.after(100, () => redisOf(world, nodeOfPrimary(world))?.stop('killed'));
  },
};

/** The only replica has been started anew and cannot attach: nobody could follow on a primary that is cut off. */
export const nobodyToFollow: Theme = {
  plan: { ...three, instances: 2, victims: 'anybody', faultsFor: 5_000 },
  script: (world) => {
    const node = nodeOfPrimary(world);
    world.tell('the replica is started anew, and the primary is cut off from everybody but clients');
    world.redises.find(({ parts }) => parts.process.node !== node)?.stop('killed');
    cutOff(world, node, everybody(world));
  },
};
