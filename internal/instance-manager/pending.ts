import type { Directive } from './redis/config.ts';

/** A new password is taken over by another way than a new redis.conf. */
const notOfTheSpec: readonly string[] = ['requirepass', 'masterauth'];

/**
 * Names of the directives, in order, whose wanted value is not the one that redis-server was started with. A directive
 * that is given several times counts as one value, and of directives that override each other the last one counts.
 */
export function pendingDirectives(
  started: readonly Directive[],
  wanted: readonly Directive[],
): readonly string[] {
  const [before, after] = [valuesOf(started), valuesOf(wanted)];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => !notOfTheSpec.includes(name) && before.get(name) !== after.get(name))
    .sort();
}

const valuesOf = (directives: readonly Directive[]): ReadonlyMap<string, string> =>
  new Map(directives.map(({ name, words }) => [name.toLowerCase(), JSON.stringify(words)]));
