import { nameOf, type Pod } from './instance.ts';
import { none, type Values, type World } from './world.ts';

/** The rules of docs/invariants.md that every state must keep. The answer is what is broken. */
export const brokenState = (world: World, values: Values): string | undefined =>
  twoWriters(world, values) ?? unnamed(world, values) ?? lost(world, values);

/** Those that every move must keep. */
export const brokenMove = (before: World, world: World, values: Values): string | undefined =>
  grows(before, world, values) ?? emptied(before, world, values);

function twoWriters(world: World, values: Values): string | undefined {
  const writers = writersOf(world, values);
  return writers.length > 1
    ? `I1: ${writers.map(nameOf).join(' and ')} take writes at the same time`
    : undefined;
}

const writersOf = ({ pods }: World, values: Values): readonly Pod[] =>
  [...pods.keys()].filter((pod) => {
    const number = pods[pod] ?? none;
    return number !== none && values.takesWrites(number);
  });

function unnamed(world: World, values: Values): string | undefined {
  const { appointed } = values.recorded.at(world.recorded);
  const wrong = writersOf(world, values).find((pod) => {
    const { record } = values.instances.at(world.pods[pod] ?? none);
    return record.role !== 'primary' || appointed[record.term - 1] !== pod;
  });
  return wrong === undefined ? undefined : `I2: ${nameOf(wrong)} takes writes in a term that is not its own`;
}

function grows(before: World, world: World, values: Values): string | undefined {
  if (world.recorded === before.recorded) return undefined;
  const was = values.recorded.at(before.recorded).status;
  const { status, appointed } = values.recorded.at(world.recorded);
  if (status.term < was.term) return `terms grow: ${was.term} became ${status.term}`;
  return appointed[status.term - 1] === status.target
    ? undefined
    : `I1: term ${status.term} has two primaries`;
}

/** Whoever takes writes has what was confirmed, unless nobody has it any more. */
function lost(world: World, values: Values): string | undefined {
  if (world.write !== 2) return undefined;
  const has = (number: number): boolean => number !== none && values.instances.at(number).data === 2;
  const without = writersOf(world, values).find((pod) => !has(world.pods[pod] ?? none));
  if (without === undefined || !world.pods.some(has)) return undefined;
  return `I3: ${nameOf(without)} takes writes without the one that WAIT 1 confirmed`;
}

/** Who has data and follows one that has none is emptied. */
function emptied(before: World, world: World, values: Values): string | undefined {
  for (const [pod, number] of world.pods.entries()) {
    const was = before.pods[pod] ?? none;
    if (number === was || number === none || was === none) continue;
    const [then, now] = [values.instances.at(was), values.instances.at(number)];
    if (then.process === 'running' && now.process === 'running' && then.data > 0 && now.data === 0) {
      return `I5: ${nameOf(pod)} has data and follows one that has none`;
    }
  }
  return undefined;
}
