import type { SimInstance } from './instance.ts';
import type { FaultKind } from './plan.ts';
import type { World } from './world.ts';

/** Lets one thing after another go wrong until the plan's time for it is over; then everything is made whole. */
export class Faults {
  readonly #world: World;
  readonly #kinds: readonly FaultKind[];
  #over = false;

  constructor(world: World, kinds: readonly FaultKind[] = world.plan.faults) {
    this.#world = world;
    this.#kinds = kinds;
  }

  begin(): void {
    const { scheduler, plan } = this.#world;
    if (this.#kinds.length > 0) this.#next();
    scheduler.after(plan.faultsFor, () => {
      this.#over = true;
    });
  }

  #next(): void {
    const { scheduler, chance } = this.#world;
    // Often in quick succession: most of what goes wrong in earnest is two things at once.
    const wait = chance.happens(0.4) ? chance.between(0, 150) : chance.between(300, 3_500);
    scheduler.after(wait, () => {
      if (this.#over) return;
      faultOf[chance.pick(this.#kinds)](this.#world);
      this.#next();
    });
  }
}

/** Ends all that goes wrong: what is frozen goes on, what is cut is joined, nodes come back. */
export function heal(world: World): void {
  world.tell('everything is made whole');
  world.apiIsDown = false;
  world.effectsLeft.clear();
  restoreTerm(world);
  for (const node of world.nodes) bringBack(world, node);
  world.network.heal();
  for (const instance of world.instances) resume(instance);
  for (const process of world.operators.values()) process.resume();
  repairRecords(world);
}

/** A record that cannot be read binds its instance to no term but a later one, docs/limits.md: the user takes it away. */
function repairRecords(world: World): void {
  for (const volume of world.kubelets.volumes) {
    if (volume.record.kind !== 'unreadable') continue;
    world.tell(`the user takes away the record on volume ${volume.name}, and ends the container`);
    volume.record = { kind: 'absent' };
    const instance = world.instances.find(({ parts }) => parts.volume === volume);
    if (instance !== undefined) world.kubelets.killContainer(instance);
  }
}

function restoreTerm(world: World): void {
  if (world.apiIsDown || world.garbledTerm === undefined) return;
  world.tell(`the user writes term ${world.garbledTerm} back into the status`);
  world.writeTerm(world.garbledTerm);
  world.garbledTerm = undefined;
}

function resume(instance: SimInstance): void {
  if (instance.parts.process.frozen) instance.parts.process.resume();
  const redis = instance.redis?.parts.process;
  if (redis?.frozen) redis.resume();
}

function bringBack(world: World, node: string): void {
  if (!world.network.isGone(node)) return;
  world.tell(`${node} is back`);
  world.network.comeBack(node);
  world.kubelets.comeBack(node);
}

/** The primary more often than the others: it is where things go wrong badly. */
function victim(world: World): SimInstance | undefined {
  const { instances, chance, plan } = world;
  if (instances.length === 0) return undefined;
  const writable = instances.find(
    ({ redis }) => redis?.alive && redis.follows === undefined && redis.writeGate < 10,
  );
  if (plan.victims === 'the primary') return writable;
  return writable !== undefined && chance.happens(0.6) ? writable : chance.pick(instances);
}

const operatorOf = (world: World): string => world.chance.pick([...world.operators.keys()]);

type Fault = (world: World) => void;

const later = (world: World, run: () => void, [least, most]: readonly [number, number]): void => {
  world.scheduler.after(world.chance.between(least, most), run);
};

const onVictim =
  (does: (instance: SimInstance, world: World) => void): Fault =>
  (world) => {
    const instance = victim(world);
    if (instance !== undefined) does(instance, world);
  };

const faultOf: Readonly<Record<FaultKind, Fault>> = {
  'crash redis': onVictim((instance, world) => {
    if (!instance.redis?.alive) return;
    world.tell(`the redis-server of ${instance.pod} is killed`);
    instance.redis.stop('killed');
  }),
  'crash instance': onVictim((instance, world) => {
    world.tell(`the container of ${instance.pod} is killed`);
    world.kubelets.killContainer(instance);
  }),
  'freeze redis': onVictim((instance, world) => {
    const process = instance.redis?.parts.process;
    if (!process?.alive || process.frozen) return;
    world.tell(`the redis-server of ${instance.pod} is frozen`);
    process.freeze();
    // One whose manager is stopped alone would write on for ever, docs/limits.md: the two wake together.
    const wake = (): void => {
      if (!instance.parts.process.frozen) process.resume();
    };
    later(world, wake, [200, 8_000]);
  }),
  'freeze instance': onVictim((instance, world) => {
    const processes = [instance.parts.process, instance.redis?.parts.process].filter(
      (one) => one !== undefined,
    );
    world.tell(`${instance.pod} is frozen`);
    for (const process of processes) process.freeze();
    const resumeAll = (): void => {
      for (const process of processes) process.resume();
    };
    later(world, resumeAll, [200, 8_000]);
  }),
  'lose node': onVictim(({ parts: { process } }, world) => {
    if (world.network.isGone(process.node)) return;
    world.tell(`${process.node} loses its power`);
    world.network.vanish(process.node);
    world.kubelets.losePower(process.node);
    later(world, () => bringBack(world, process.node), [3_000, 30_000]);
  }),
  'cut node': onVictim(({ parts: { process } }, world) => {
    world.tell(`${process.node} is cut off`);
    for (const other of places(world)) {
      world.network.cut(process.node, other);
      world.network.cut(other, process.node);
    }
    later(world, () => world.network.heal(), [500, 9_000]);
  }),
  'isolate primary': (world) => {
    const primary = world.redises.find((redis) => redis.follows === undefined && redis.writeGate < 10);
    if (primary === undefined) return;
    const { node } = primary.parts.process;
    world.tell(`${node}, with the primary on it, is cut off from most, but not from clients`);
    const share = world.chance.pick([0.7, 1]);
    for (const other of places(world)) {
      if (other === 'clients') continue;
      if (world.chance.happens(share)) world.network.cut(node, other);
      if (world.chance.happens(share)) world.network.cut(other, node);
    }
    later(world, () => world.network.heal(), [2_000, 9_000]);
  },
  'cut one way': (world) => {
    const from = world.chance.pick(places(world));
    const to = world.chance.pick(places(world));
    world.tell(`nothing gets from ${from} to ${to}`);
    world.network.cut(from, to);
    later(world, () => world.network.heal(), [500, 9_000]);
  },
  'slow link': (world) => {
    const from = world.chance.pick(places(world));
    const to = world.chance.pick(places(world));
    world.tell(`from ${from} to ${to} everything takes long`);
    world.network.slow(from, to, world.chance.between(20, 1_500));
    later(world, () => world.network.heal(), [500, 9_000]);
  },
  'crash operator': (world) => {
    const identity = operatorOf(world);
    world.tell(`${identity} is killed`);
    world.endOperator(identity, world.chance.between(300, 6_000));
  },
  'operator dies after an effect': (world) => {
    world.effectsLeft.set(operatorOf(world), 1 + world.chance.below(4));
  },
  'freeze operator': (world) => {
    const identity = operatorOf(world);
    const process = world.operators.get(identity);
    if (process === undefined || process.frozen) return;
    world.tell(`${identity} is frozen`);
    process.freeze();
    later(world, () => process.resume(), [200, 20_000]);
  },
  'cut operator': (world) => {
    const node = `${operatorOf(world)}-node`;
    const other = world.chance.pick(places(world));
    world.tell(`${node} and ${other} are cut off from each other`);
    world.network.cut(node, other);
    world.network.cut(other, node);
    later(world, () => world.network.heal(), [500, 9_000]);
  },
  'api outage': (world) => {
    world.tell('the API server is away');
    world.apiIsDown = true;
    later(world, () => {
      world.apiIsDown = false;
    }, [300, 9_000]);
  },
  'watch gap': (world) => {
    world.tell('the API server forgets what it has told');
    world.server.forgetHistory();
  },
  'freeze node': onVictim(({ parts: { process } }, world) => stopNode(process.node, 'freeze', world)),
  'suspend node': onVictim(({ parts: { process } }, world) => stopNode(process.node, 'suspend', world)),
  'set clock': (world) => {
    const { chance } = world;
    const node = chance.pick(places(world));
    const ahead = chance.pick([-1, 1]) * chance.pick([1_000, 20_000, 86_400_000]);
    world.tell(`the clock of ${node} is set ${ahead / 1000} s from the right time`);
    world.wallClocks.set(node, ahead);
  },
  'leak through cuts': (world) => {
    const [from, to] = [world.chance.pick(places(world)), world.chance.pick(places(world))];
    for (let count = world.chance.below(4); count >= 0; count -= 1) world.network.leak(from, to);
  },
  'fence by user': (world) => {
    const { chance, instances } = world;
    const named = chance.happens(0.1) ? '*' : victim(world)?.pod;
    const other = chance.happens(0.2) && instances.length > 0 ? [chance.pick(instances).pod] : [];
    if (named === undefined) return;
    world.fence(JSON.stringify([named, ...other]));
    if (chance.happens(0.6)) later(world, () => world.fence(undefined), [500, 6_000]);
  },
  'garble fences': (world) => {
    world.fence('["shop-0"');
    if (world.chance.happens(0.6)) later(world, () => world.fence('[]'), [500, 6_000]);
  },
  'garble tenure': (world) => {
    const tenure = world.tenure;
    if (world.apiIsDown || tenure === undefined) return;
    world.tell('the user writes nonsense over the term in the status');
    world.garbledTerm = tenure.term;
    world.writeTerm('seven');
    later(world, () => restoreTerm(world), [300, 4_000]);
  },
  'garble record': onVictim((instance, world) => {
    world.tell(`the record of ${instance.pod} is damaged, and its container is killed`);
    instance.parts.volume.record = { kind: 'unreadable', problem: 'it is not JSON' };
    world.kubelets.killContainer(instance);
  }),
  'delete pod': onVictim(({ pod }, world) => world.deletePod(pod, 30)),
  'force delete pod': onVictim(({ pod }, world) => world.deletePod(pod, 0)),
};

function stopNode(node: string, how: 'freeze' | 'suspend', world: World): void {
  world.tell(how === 'freeze' ? `all of ${node} is frozen` : `${node} is suspended, and its clock with it`);
  const processes = world.processesOn(node).filter(({ frozen }) => !frozen);
  for (const process of processes) process[how]();
  const resumeAll = (): void => {
    for (const process of processes) process.resume();
  };
  later(world, resumeAll, [200, 8_000]);
}

/** All nodes there are: those of pods, of operators, of clients and of the API server. */
const places = (world: World): readonly string[] => [
  ...world.nodes,
  ...[...world.operators.keys()].map((identity) => `${identity}-node`),
  'control-plane',
  'clients',
];
