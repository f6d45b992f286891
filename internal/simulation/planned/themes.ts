import { Annotation } from '../../../api/v1/names.ts';
import { nodes, redisClusters } from '../../kube/resources.ts';
import type { Changes } from '../changes.ts';
import { Faults } from '../faults.ts';
import { endsAndStandstills, type FaultKind } from '../plan.ts';
import type { SimRedis } from '../redis/server.ts';
import { play, type Story, type Theme } from '../story.ts';
import { clusterKey, type World } from '../world.ts';

/** A story with switchovers, and what became of the writes that were answered OK. */
export interface PlannedStory {
  readonly story: Story;
  /** Of ledger A, what the primary does not have in the end. */
  readonly lost: readonly number[];
  readonly handedOver: number;
}

const three = { instances: 3, operators: 1, minSyncReplicas: 0, persistence: 'aof', storage: 'pvc' } as const;

/** From one request to the next, in milliseconds: a pod that was deleted is back by then. */
const askEvery = 2_500;

const primaryOf = (world: World): SimRedis | undefined =>
  world.redises.find(({ follows, writeGate }) => follows === undefined && writeGate < 10);

/** redis.io/switchover-to names a replica. */
export function askForSwitchover(world: World): void {
  const [to] = world.redises.filter(({ follows }) => follows !== undefined).map(({ parts }) => parts.pod);
  if (to === undefined || world.apiIsDown) return;
  world.tell(`the user asks for ${to}`);
  world.server.patch(redisClusters, clusterKey, {
    metadata: { annotations: { [Annotation.switchoverTo]: to } },
  });
}

function evict(world: World): void {
  const pod = primaryOf(world)?.parts.pod;
  if (pod !== undefined) world.deletePod(pod, 30);
}

function cordon(world: World): void {
  const name = primaryOf(world)?.parts.process.node;
  if (name === undefined || world.apiIsDown) return;
  world.tell(`${name} is cordoned`);
  const key = { namespace: undefined, name };
  if (world.server.get(nodes, key) === undefined) world.server.create(nodes, { metadata: { name } });
  world.server.patch(nodes, key, { spec: { unschedulable: true } });
  world.scheduler.after(askEvery / 2, () =>
    world.server.patch(nodes, key, { spec: { unschedulable: false } }),
  );
}

const ways = [askForSwitchover, evict, cordon];

/** A few seconds in which switchovers are asked for in every way; `faults` go wrong meanwhile. */
const planned = (
  faults: readonly FaultKind[],
  more: Partial<Theme['plan']> = {},
  asks: readonly ((world: World) => void)[] = ways,
): Theme => ({
  plan: { ...three, victims: 'the primary', faults, faultsFor: 14_000, ...more },
  script: (world) => {
    const ask = (): void => {
      if (world.scheduler.now > 16_000) return;
      world.chance.pick(asks)(world);
      world.scheduler.after(askEvery * world.chance.between(0.4, 1.2), ask);
    };
    world.scheduler.after(100, ask);
    if (faults.length > 0) new Faults(world).begin();
  },
});

/** Nothing goes wrong. */
export const calm: Theme = planned([]);
/** With a replica that every write waits for. */
export const counted: Theme = planned([], { minSyncReplicas: 1 });

/** A pod that is evicted is a second one that goes: here all faults are to hit the primary alone. */
export const stormy: Theme = planned(endsAndStandstills, {}, [askForSwitchover, cordon]);
/** Whatever goes, what a replica has confirmed stays. */
export const stormyCounted: Theme = planned(endsAndStandstills, {
  minSyncReplicas: 1,
  victims: 'anybody',
});
/** Operators come and go in the middle of it, and links are slow or cut. */
export const interrupted: Theme = planned(
  [
    'crash operator',
    'operator dies after an effect',
    'freeze operator',
    'slow link',
    'cut operator',
    'api outage',
  ],
  { victims: 'anybody', operators: 2 },
);

/** What the primary streams to the one asked for takes long. */
export const slowStream: Theme = {
  plan: { ...three, victims: 'anybody', faults: [], faultsFor: 4_000 },
  script: (world) => {
    const [from, to] = [primaryOf(world), world.redises.find(({ follows }) => follows !== undefined)];
    if (from === undefined || to === undefined) return;
    to.upstream?.delayBy(1_500);
    world.tell(`what ${from.parts.pod} streams to ${to.parts.pod} takes long`);
    world.scheduler.after(1_000, () => askForSwitchover(world));
  },
};

/** What the operator says to the API server takes long, and the primary is cut off once it has released its term. */
export const slowRecord: Theme = {
  plan: { ...three, victims: 'anybody', faults: [], faultsFor: 4_000 },
  script: (world) => {
    const node = primaryOf(world)?.parts.process.node ?? '';
    world.network.slow('operator-0-node', 'control-plane', 300);
    askForSwitchover(world);
    world.scheduler.after(150, () => {
      world.tell(`${node}, with the old primary on it, is cut off from operator and API server`);
      for (const from of ['operator-0-node', 'control-plane']) world.network.cut(from, node);
    });
  },
};

/** The primary does not hear the API server, and the operator's words take long to reach it. */
export const slowWords: Theme = {
  plan: { ...three, victims: 'anybody', faults: [], faultsFor: 4_000 },
  script: (world) => {
    const node = primaryOf(world)?.parts.process.node ?? '';
    world.network.cut('control-plane', node);
    world.network.slow('operator-0-node', node, 300);
    world.scheduler.after(500, () => askForSwitchover(world));
  },
};

/** That the primary has released its term reaches the operator too late; what it is asked after that is answered at once. */
export const slowAnswer: Theme = {
  plan: { ...three, victims: 'anybody', faults: [], faultsFor: 6_000 },
  script: (world) => {
    const node = primaryOf(world)?.parts.process.node ?? '';
    whenOffered(world, () => world.network.slow(node, 'operator-0-node', 4_000));
    whenReleased(world, () =>
      world.scheduler.after(100, () => world.network.slow(node, 'operator-0-node', 0)),
    );
    askForSwitchover(world);
  },
};

/** How often a script looks for the moment that it waits for, in milliseconds. */
const lookEvery = 0.1;

/** Calls once, as soon as something has come about, if it ever does. */
function when(world: World, isSo: () => boolean, then: () => void): void {
  const look = (): void => {
    if (isSo()) then();
    else if (world.scheduler.now < 30_000) world.scheduler.after(lookEvery, look);
  };
  look();
}

const whenOffered = (world: World, then: () => void): void =>
  when(world, () => world.tenure?.offer !== undefined, then);

const whenReleased = (world: World, then: () => void): void => {
  const hasReleased = (): boolean =>
    world.instances.some(({ cell: { current } }) => current.release !== undefined && !current.handingOver);
  when(world, hasReleased, then);
};

/** The operator dies at the very moment at which the primary has released its term, and comes back. */
export const orphaned: Theme = {
  plan: { ...three, victims: 'anybody', faults: [], faultsFor: 12_000 },
  script: (world) => {
    whenReleased(world, () => {
      world.tell('the operator is killed, and the primary has just released its term');
      world.endOperator('operator-0', 4_000);
    });
    askForSwitchover(world);
  },
};

/**
 * The successor leads, and the operator dies before that is recorded. When it is back nobody reaches the successor, and the old
 * primary is dead: whoever is appointed then would take writes beside one that nobody who decides can see.
 */
export const bereaved: Theme = {
  plan: { ...three, victims: 'anybody', faults: [], faultsFor: 12_000 },
  script: (world) => {
    const old = primaryOf(world);
    const { network } = world;
    const successor = (): SimRedis | undefined =>
      world.redises.find((redis) => redis !== old && redis.follows === undefined && redis.writeGate < 10);
    const recordIsLost = (): void => {
      const node = successor()?.parts.process.node ?? '';
      world.tell('the operator dies, and so does the old primary, as the successor has begun to lead');
      network.cut('operator-0-node', 'control-plane');
      for (const other of ['operator-0-node', 'control-plane']) {
        network.cut(other, node);
        network.cut(node, other);
      }
      old?.stop('killed');
      world.endOperator('operator-0', 200);
      world.scheduler.after(150, () => network.join('operator-0-node', 'control-plane'));
    };
    whenOffered(world, () => network.slow('operator-0-node', 'control-plane', 50));
    when(world, () => successor() !== undefined, recordIsLost);
    askForSwitchover(world);
  },
};

export async function playPlanned(seed: number, theme: Theme, changes: Changes = {}): Promise<PlannedStory> {
  let world: World | undefined;
  const script = (made: World): void => {
    world = made;
    theme.script?.(made);
  };
  const story = await play(seed, changes, { ...theme, script });
  const held = new Set(world === undefined ? [] : primaryOf(world)?.data);
  const lost = [...(world?.ledgers.acknowledged ?? [])].filter((id) => !held.has(id));
  const handedOver = story.told.filter(({ text }) => text.includes('for a successor')).length;
  return { story, lost, handedOver };
}
