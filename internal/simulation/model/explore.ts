import { allGuards, type Guards } from './guards.ts';
import { nameOf } from './instance.ts';
import { moves } from './moves.ts';
import { brokenMove, brokenState } from './rules.ts';
import type { Scope } from './scope.ts';
import { Seen } from './seen.ts';
import { none, Values, type World } from './world.ts';

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** How many moves the state that is farthest away is from the first. */
  readonly depth: number;
  /** Everything within the scope was met, and not only as many states as were asked for. */
  readonly whole: boolean;
  readonly broken: Counterexample | undefined;
}

/** What is broken, and the shortest way there. */
export interface Counterexample {
  readonly rule: string;
  readonly steps: readonly string[];
}

interface Frontier {
  readonly world: World;
  readonly number: number;
}

/**
 * Meets every state of the scope, nearest first, until a rule is broken or there are `most` of them. The same scope and
 * guards always give the same answer.
 */
export function explore(
  scope: Scope,
  guards: Guards = allGuards,
  most = Number.POSITIVE_INFINITY,
): Exploration {
  const values = new Values({ scope, guards });
  const search: Search = { values, seen: new Seen(), transitions: 0 };
  const { seen } = search;
  const first = values.first();
  seen.add(first, 0, 0);
  let frontier: Frontier[] = [{ world: first, number: 0 }];
  let depth = 0;
  while (frontier.length > 0 && seen.count < most) {
    const next: Frontier[] = [];
    for (const one of frontier) {
      const broken = seen.count < most ? visit(one, next, search) : undefined;
      if (broken !== undefined) return { ...figures(search), depth: depth + 1, whole: false, broken };
    }
    depth += Math.min(1, next.length);
    frontier = next;
  }
  return { ...figures(search), depth, whole: frontier.length === 0, broken: undefined };
}

interface Search {
  readonly values: Values;
  readonly seen: Seen;
  transitions: number;
}

const figures = ({ seen, transitions }: Search) => ({ states: seen.count, transitions });

/** Makes every move of one state. New states go to `next`; the answer is the first move that breaks a rule. */
function visit({ world, number }: Frontier, next: Frontier[], search: Search): Counterexample | undefined {
  const { values, seen } = search;
  let move = 0;
  let broken: Counterexample | undefined;
  moves(world, values, (to) => {
    const added = seen.add(to, number, move);
    // A state that was met before was judged then; how it is come to may be new.
    const rule = brokenMove(world, to, values) ?? (added === undefined ? undefined : brokenState(to, values));
    if (rule !== undefined) broken ??= { rule, steps: retell([...seen.wayTo(number), move], values) };
    if (added !== undefined) next.push({ world: to, number: added });
    move += 1;
    search.transitions += 1;
  });
  return broken;
}

/** The moves of this way in words. */
function retell(way: readonly number[], values: Values): readonly string[] {
  const steps: string[] = [];
  let world = values.first();
  for (const wanted of way) {
    let move = 0;
    let reached = world;
    moves(world, values, (to, what, pod, other = none) => {
      if (move === wanted) {
        steps.push(what.replace('#', nameOfPod(pod)).replace('@', nameOfPod(other)));
        reached = to;
      }
      move += 1;
    });
    world = reached;
  }
  return steps;
}

const nameOfPod = (pod: number): string => (pod === none ? '' : pod === 3 ? 'the new shop-0' : nameOf(pod));
