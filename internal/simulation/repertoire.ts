import { mutants } from './mutants.ts';
import { growing } from './planned/growth.ts';
import { plannedMutants } from './planned/mutants.ts';
import * as operations from './planned/operations.ts';
import * as planned from './planned/themes.ts';
import { regressions } from './regressions.ts';
import { play, type Story, type Theme } from './story.ts';
import { narrate, tales } from './tales.ts';

/** How a story went, as far as it can be sent from one thread to another. */
export interface Outcome extends Pick<Story, 'acknowledged'> {
  /** The rule that was broken, and how; undefined when all held. */
  readonly broken: string | undefined;
}
export interface Retold extends Outcome, Pick<Story, 'told' | 'fingerprint'> {}
export interface RetoldPlanned extends Omit<planned.PlannedStory, 'story'> {
  readonly story: Retold;
}

const { forgetting, restarting, scaling, sleeping, upgrading } = operations;
const operationThemes = {
  forgetting,
  restarting,
  scaling,
  sleeping,
  upgrading,
  resizing: operations.resizing(['carriedOut', 'deferred']),
  resizingHere: operations.resizing(['carriedOut', 'infeasible']),
  resizingNowhere: operations.resizing([]),
};
const { calm, counted, stormy, stormyCounted, interrupted, orphaned, slowAnswer, bereaved } = planned;
const plannedThemes = {
  calm,
  counted,
  stormy,
  stormyCounted,
  interrupted,
  orphaned,
  slowAnswer,
  bereaved,
};

/** All that a player can be asked for. A story is named here, since what happens in it is code, which cannot be sent. */
export const repertoire = {
  seed,
  wholeSeed: async (seed: number): Promise<Retold> => retold(await play(seed)),
  regression: async (number: number): Promise<Outcome> => {
    const { seed, theme } = numbered(number, regressions);
    return outcomeOf(await play(seed, {}, theme));
  },
  /** With its change, or as all else is. */
  mutant: async (number: number, changed: boolean): Promise<Outcome> => {
    const { seed, theme, changes } = numbered(number, mutants);
    return outcomeOf(await play(seed, changed ? changes : {}, theme));
  },
  tale: (number: number): Promise<string> => narrate(numbered(number, tales)),
  growth: async (seed: number, unheard: readonly string[], more?: Theme['plan']): Promise<Retold> =>
    retold(await play(seed, {}, growing(unheard, more))),
  operation: async (seed: number, theme: keyof typeof operationThemes): Promise<Retold> =>
    retold(await play(seed, {}, operationThemes[theme])),
  planned: async (seed: number, theme: keyof typeof plannedThemes): Promise<RetoldPlanned> =>
    retoldPlanned(await planned.playPlanned(seed, plannedThemes[theme])),
  plannedMutant: async (number: number, changed: boolean): Promise<RetoldPlanned> => {
    const { seed, theme, changes } = numbered(number, plannedMutants);
    return retoldPlanned(await planned.playPlanned(seed, theme, changed ? changes : {}));
  },
} as const;
export type Repertoire = typeof repertoire;

async function seed(number: number): Promise<Outcome> {
  try {
    return outcomeOf(await play(number));
  } catch (failure) {
    return { broken: `the story itself failed: ${String(failure)}`, acknowledged: 0 };
  }
}

const outcomeOf = ({ broken, acknowledged }: Story): Outcome => ({ broken: broken?.message, acknowledged });

const retold = (story: Story): Retold => ({
  ...outcomeOf(story),
  told: story.told,
  fingerprint: story.fingerprint,
});

const retoldPlanned = ({ story, ...more }: planned.PlannedStory): RetoldPlanned => ({
  ...more,
  story: retold(story),
});

function numbered<Item>(number: number, items: readonly Item[]): Item {
  const item = items[number];
  if (item === undefined) throw new Error(`there is no number ${number} among ${items.length}`);
  return item;
}
