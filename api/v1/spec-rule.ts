import type { Problem } from './problem.ts';
import type { RedisClusterSpec } from './redis-cluster.ts';

/**
 * A rule over several fields of the spec, said twice: to the API server in CEL, which refuses the object when it is
 * written, and in TypeScript, the guard for objects that were stored before there was the rule. Tests prove both equal.
 */
export interface SpecRule {
  /** What `self` is in CEL: a field below spec, or spec itself when empty. */
  readonly at: string;
  /** The field that is wrong, below `at`. */
  readonly fieldPath?: string;
  /** True when all is well. */
  readonly cel: string;
  /** CEL that makes the message out of the value; the API server puts the field before it. */
  readonly says: string;
  readonly problems: (spec: RedisClusterSpec) => readonly Problem[];
}
