import type { FoundFiles, Persistence, PersistenceStep, PersistenceView, Source } from './authority.ts';

/** What a model of one instance under `persistence: aof` goes by: ours, or a mutant. */
export interface Rules {
  readonly sourceOf: (persistence: Persistence, files: FoundFiles) => Source;
  readonly persistenceStep: (view: PersistenceView) => PersistenceStep;
  /** The mark of an ended life is set even after the next has begun. */
  readonly marksLate: boolean;
  /** Writes are taken without waiting for the append-only file. */
  readonly opensEarly: boolean;
}

/** A data set is the number of the last write in it. */
interface World {
  readonly aof: { readonly manifest: number; readonly last: number } | undefined;
  readonly rdb: number | undefined;
  readonly outdated: string | undefined;
  /** The running redis-server. */
  readonly memory: number | undefined;
  readonly appendOnly: boolean;
  /** Its first append-only file is being written: nothing lies on the volume yet. */
  readonly rewriting: boolean;
  readonly awaited: boolean;
  readonly open: boolean;
  /** It has ended upon SHUTDOWN SAVE, and the manager is about to say so. */
  readonly toMark: boolean;
  /** The last write that must not be lost: it was acknowledged, or appended, or there at an end in order. */
  readonly owed: number;
}

const first: World = {
  aof: undefined,
  rdb: undefined,
  outdated: undefined,
  memory: undefined,
  appendOnly: false,
  rewriting: false,
  awaited: false,
  open: false,
  toMark: false,
  owed: 0,
};

/** The bounds within which everything is explored. */
const mostWrites = 4;
const mostManifests = 4;

const identityOf = ({ aof }: World): string | undefined =>
  aof === undefined ? undefined : `${aof.manifest}:${aof.last}`;
const filesOf = (world: World): FoundFiles => ({
  aof: identityOf(world),
  rdb: world.rdb !== undefined,
  outdated: world.outdated,
});

type Happening = (world: World, rules: Rules) => World | undefined;

const dead = { memory: undefined, appendOnly: false, rewriting: false, awaited: false, open: false } as const;

/** Everything that can happen next; undefined where it cannot. */
const happenings: Readonly<Record<string, Happening>> = {
  'it starts': (world, rules) => {
    if (world.memory !== undefined) return undefined;
    const toMark = rules.marksLate && world.toMark;
    if (rules.sourceOf('aof', filesOf(world)) === 'rdb') {
      return { ...world, toMark, memory: world.rdb ?? 0, appendOnly: false, awaited: true };
    }
    const aof = world.aof ?? { manifest: 1, last: 0 };
    return { ...world, toMark, aof, outdated: undefined, memory: aof.last, appendOnly: true };
  },
  'a write comes': ({ memory, ...world }) => {
    if (memory === undefined || memory >= mostWrites) return undefined;
    const last = memory + 1;
    const appended = world.appendOnly && !world.rewriting && world.aof !== undefined;
    const aof = appended ? { ...world.aof, manifest: world.aof?.manifest ?? 0, last } : world.aof;
    return { ...world, memory: last, aof, owed: world.open || appended ? last : world.owed };
  },
  'the manager takes a step': (world, { persistenceStep }) => {
    if (world.memory === undefined) return undefined;
    const { appendOnly } = world;
    const step = persistenceStep({ wanted: 'aof', appendOnly, saved: false, files: filesOf(world) });
    switch (step.kind) {
      case 'append':
        return { ...world, appendOnly: true, rewriting: true };
      case 'forget':
        return { ...world, outdated: undefined };
      case 'settled':
        return world.awaited ? { ...world, awaited: false } : undefined;
      case 'wait':
      case 'stopAppending':
      case 'save':
      case 'mark':
        return undefined;
    }
  },
  'the append-only file is written anew': ({ memory, ...world }) => {
    const manifest = (world.aof?.manifest ?? 0) + 1;
    if (memory === undefined || !world.appendOnly || manifest > mostManifests) return undefined;
    return { ...world, memory, rewriting: false, aof: { manifest, last: memory } };
  },
  'the gate is opened': (world, { opensEarly }) =>
    world.memory === undefined || world.open || (world.awaited && !opensEarly)
      ? undefined
      : { ...world, open: true, owed: Math.max(world.owed, world.memory) },
  'the gate is closed': (world) => (world.open ? { ...world, open: false } : undefined),
  'an RDB is written': (world) =>
    world.memory === undefined || world.rdb === world.memory ? undefined : { ...world, rdb: world.memory },
  'it is killed': (world) => (world.memory === undefined ? undefined : { ...world, ...dead }),
  'it ends in order, saving': ({ memory, ...world }) =>
    memory === undefined || world.open || world.rewriting
      ? undefined
      : { ...world, ...dead, rdb: memory, toMark: true, owed: memory },
  'it ends in order, as primary': (world) =>
    world.memory === undefined || !world.open || world.rewriting
      ? undefined
      : { ...world, ...dead, owed: world.memory },
  'its mark is set': (world) =>
    world.toMark ? { ...world, toMark: false, outdated: identityOf(world) } : undefined,
  'the manager ends before it has set the mark': (world) =>
    world.toMark && world.memory === undefined ? { ...world, toMark: false } : undefined,
};

export interface Explored {
  /** What led to a start without something that was owed; undefined when nothing did. */
  readonly violation: readonly string[] | undefined;
  readonly states: number;
}

/** Goes through every state that can be reached, the nearest first. */
export function explore(rules: Rules): Explored {
  const paths = new Map<string, readonly string[]>([[keyOf(first), []]]);
  const open: World[] = [first];
  for (let world = open.shift(); world !== undefined; world = open.shift()) {
    const path = paths.get(keyOf(world)) ?? [];
    for (const { name, next } of nextOf(world, rules)) {
      if (name === 'it starts' && (next.memory ?? 0) < next.owed) {
        return { violation: [...path, name], states: paths.size };
      }
      if (paths.has(keyOf(next))) continue;
      paths.set(keyOf(next), [...path, name]);
      open.push(next);
    }
  }
  return { violation: undefined, states: paths.size };
}

const nextOf = (world: World, rules: Rules) =>
  Object.entries(happenings).flatMap(([name, happening]) => {
    const next = happening(world, rules);
    return next === undefined ? [] : [{ name, next }];
  });

/** The same for the same world, whatever the order in which it was put together. */
const keyOf = (world: World): string => JSON.stringify(world, [...Object.keys(first), 'manifest', 'last']);
