import type { Facts, ProcessFacts, RedisFacts } from './facts.ts';
import { isSame } from './same.ts';

/** Nothing has changed between the two that a report tells, but for its figures: see control/grants.ts. */
export const tellTheSame = (one: Facts, other: Facts): boolean =>
  one === other ||
  (differInNoneBut(figures, one, other) &&
    differInNoneBut(figuresOfProcess, one.process, other.process) &&
    (one.redis === other.redis || saysTheSame(one.redis, other.redis)));

const figures: ReadonlySet<keyof Facts> = new Set(['process', 'redis', 'proof', 'lookedAt']);
const figuresOfProcess: ReadonlySet<keyof ProcessFacts> = new Set(['answeredAt']);

const saysTheSame = (one: RedisFacts | undefined, other: RedisFacts | undefined): boolean =>
  one !== undefined && other !== undefined && isSame({ ...one, offset: other.offset }, other);

/** Facts that have not changed are the same objects. */
function differInNoneBut<Kind extends object>(
  figures: ReadonlySet<keyof Kind>,
  one: Kind,
  other: Kind,
): boolean {
  for (const name in one) if (one[name] !== other[name] && !figures.has(name)) return false;
  return true;
}
