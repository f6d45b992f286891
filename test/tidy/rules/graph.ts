import type { Import } from '../reading/imports.ts';
import type { Source } from '../reading/source.ts';

/** How a file was reached: the files on the way, the first where it began, itself last. */
export type Ways = ReadonlyMap<string, readonly string[]>;

/** Every file that `entries` reach by imports of these kinds, each with one of the shortest ways to it. */
export function reach(
  sources: readonly Source[],
  entries: readonly string[],
  kinds: readonly Import['kind'][],
): Ways {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const ways = new Map<string, readonly string[]>(entries.map((entry) => [entry, [entry]]));
  // A map is walked in the order of insertion, what is added on the way included.
  for (const [path, way] of ways) {
    for (const one of byPath.get(path)?.imports ?? []) {
      if (one.path === undefined || ways.has(one.path) || !kinds.includes(one.kind)) continue;
      ways.set(one.path, [...way, one.path]);
    }
  }
  return ways;
}
