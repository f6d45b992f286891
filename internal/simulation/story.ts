import { Chance } from './chance.ts';
import type { Changes } from './changes.ts';
import { Faults, heal } from './faults.ts';
import { Healing } from './healing.ts';
import { type Plan, planOf } from './plan.ts';
import { type BrokenRule, Safety } from './safety.ts';
import { type Told, World } from './world.ts';

/** How a story went. The same seed and the same code give the same fingerprint. */
export interface Story {
  readonly plan: Plan;
  readonly broken: BrokenRule | undefined;
  readonly told: readonly Told[];
  readonly fingerprint: string;
  readonly events: number;
  /** The whole of the story's time, in milliseconds. */
  readonly lasted: number;
  readonly acknowledged: number;
  readonly confirmed: number;
}

/** A cluster comes up before anything goes wrong; milliseconds. */
const comesUp = 3_000;

/** A story that is not left to chance alone: what it is about, and what goes wrong when. */
export interface Theme {
  readonly plan?: Partial<Plan>;
  /** Begins at once when the cluster is up; the faults of the plan are then left out. */
  readonly script?: (world: World) => void;
}

/** Plays the story of one seed from its beginning to its end. */
export async function play(seed: number, changes: Changes = {}, theme: Theme = {}): Promise<Story> {
  const chance = new Chance(seed);
  const plan = { ...planOf(seed, chance), ...theme.plan };
  let safety: Safety | undefined;
  const world = new World(plan, chance, (made) => (safety = new Safety(made)), changes);
  if (safety === undefined) throw new Error('broken invariant: the world has a witness');
  const watched: Safety = safety;
  world.server.onWrite((written) => watched.written(written));
  const { scheduler } = world;
  const after = (): void => watched.look();
  world.begin();
  const run = async (end: number): Promise<void> => {
    // A broken rule ends the story: what follows from it tells nothing.
    for (let at = scheduler.now; at < end && watched.broken === undefined; at += 500) {
      await scheduler.runUntil(Math.min(end, at + 500), after);
    }
  };
  await run(comesUp);
  if (theme.script === undefined) new Faults(world).begin();
  else theme.script(world);
  await run(comesUp + plan.faultsFor);
  heal(world);
  const healing = new Healing(world, watched);
  const problem = watched.broken ?? (await healing.watch(run));
  return {
    plan,
    broken: watched.broken ?? problem,
    told: world.told,
    fingerprint: scheduler.fingerprint,
    events: scheduler.events,
    lasted: scheduler.now,
    acknowledged: world.ledgers.acknowledged.size,
    confirmed: world.ledgers.confirmed.size,
  };
}
