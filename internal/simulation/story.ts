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

/** A cluster is up by then, for a script to begin with; milliseconds. */
const comesUp = 3_000;

/** A story that is not left to chance alone: what it is about, and what goes wrong when. */
export interface Theme {
  readonly plan?: Partial<Plan>;
  /** Begins at once when the cluster is up; the faults of the plan are then left out. */
  readonly script?: (world: World) => void;
}

/**
 * Whom the user keeps fenced stops, however much went wrong before: a container may be waited for 12 s, a watch that broke
 * off for 5 s and longer. Milliseconds.
 */
const stopsWithin = 25_000;

/** The user's fence outlives all else that went wrong: whom it names stops, and only then the user lifts it. */
async function untilFencedStopped(world: World, safety: Safety, run: (end: number) => Promise<void>) {
  if (world.userFence === undefined) return;
  const { scheduler } = world;
  const end = scheduler.now + stopsWithin;
  while (safety.runsThoughFenced !== undefined && scheduler.now < end && safety.broken === undefined) {
    await run(scheduler.now + 500);
  }
  safety.expectFencedStopped();
  await run(scheduler.now + 1_000);
  safety.expectFencedStopped();
  world.fence(undefined);
}

/** Plays the story of one seed from its beginning to its end. */
export async function play(seed: number, changes: Changes = {}, theme: Theme = {}): Promise<Story> {
  const chance = new Chance(seed);
  const scripted = theme.script === undefined ? {} : { faultsFrom: comesUp };
  const plan = { ...planOf(seed, chance), ...scripted, ...theme.plan };
  let safety: Safety | undefined;
  const world = new World(plan, chance, (made) => (safety = new Safety(made)), changes);
  if (safety === undefined) throw new Error('broken invariant: the world has a witness');
  const watched: Safety = safety;
  world.server.onWrite((written) => watched.written(written));
  const { scheduler } = world;
  world.onOrder = (change, testimony) => watched.ordered(change, testimony);
  const after = (): void => {
    world.countOperators();
    watched.look();
  };
  world.begin();
  const run = async (end: number): Promise<void> => {
    // A broken rule ends the story: what follows from it tells nothing.
    for (let at = scheduler.now; at < end && watched.broken === undefined; at += 500) {
      await scheduler.runUntil(Math.min(end, at + 500), after);
    }
  };
  await run(plan.faultsFrom);
  if (theme.script === undefined) new Faults(world).begin();
  else theme.script(world);
  await run(plan.faultsFrom + plan.faultsFor);
  heal(world);
  await untilFencedStopped(world, watched, run);
  const healing = new Healing(world, watched);
  const problem = watched.broken ?? (await healing.watch(run));
  const story: Story = {
    plan,
    broken: watched.broken ?? problem,
    told: [...world.told],
    fingerprint: scheduler.fingerprint,
    events: scheduler.events,
    lasted: scheduler.now,
    acknowledged: world.ledgers.acknowledged.size,
    confirmed: world.ledgers.confirmed.size,
  };
  world.end();
  return story;
}
