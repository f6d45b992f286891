import { metadataRules } from './metadata-rules.ts';
import { notYet } from './not-yet.ts';
import { type Problem, problem } from './problem.ts';
import { parseQuantity } from './quantity.ts';
import type { RedisClusterSpec } from './redis-cluster.ts';
import { redisRules } from './redis-rules.ts';
import { replicaRules } from './replica-rules.ts';
import { resourceRules } from './resource-rules.ts';
import type { SpecRule } from './spec-rule.ts';

/** Rules over the spec, in the order in which their problems are told. */
export const specRules: readonly SpecRule[] = [
  ...replicaRules,
  ...redisRules,
  ...resourceRules,
  ...metadataRules,
];

/** Everything that is wrong with a spec whose fields are well-formed. */
export const specProblems = (spec: RedisClusterSpec): readonly Problem[] => [
  ...unsupported(spec),
  ...specRules.flatMap(({ problems }) => problems(spec)),
];

/** Services are named after the cluster, and are the strictest: `<name>-replica` must fit into 63 characters. */
export const longestName = 50;
export const namePattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
export const rightName = `it must be at most ${longestName} lower-case letters, digits and dashes, a letter first and no dash last: Services are named after it`;

/** What is wrong with the name of a cluster. */
export const nameProblems = (name: string): readonly Problem[] =>
  name.length <= longestName && namePattern.test(name) ? [] : [problem('metadata.name', name, rightName)];

function unsupported(spec: RedisClusterSpec): readonly Problem[] {
  return notYet.flatMap(({ field, refuses, right }) => {
    const value = valueAt(spec, field);
    if (value === undefined || !refuses(value)) return [];
    return [problem(`spec.${field}`, nameIn(value), right)];
  });
}

function valueAt(spec: unknown, field: string): unknown {
  return field.split('.').reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), spec);
}

/** Of a reference, what it refers to. */
const nameIn = (value: unknown): unknown => (isObject(value) && 'name' in value ? value['name'] : value);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** From here on there is little room for buffers, fragmentation and the copy that a save makes: nine tenths. */
const closePercent = 90n;

/** What is allowed and likely to go wrong. */
export function specWarnings({ memory, resources }: RedisClusterSpec): readonly Problem[] {
  const { maxMemory, maxMemoryPercent } = memory ?? {};
  const advice =
    'leaves little room for buffers and fragmentation: Redis may be killed for want of memory; below 90 % is safer';
  if (maxMemoryPercent !== undefined && maxMemoryPercent >= closePercent) {
    const field = 'spec.memory.maxMemoryPercent';
    return [{ field, message: `${field}: ${maxMemoryPercent} ${advice}` }];
  }
  const [wanted, limit] = [maxMemory, resources.limits?.['memory']].map((text) => parseQuantity(text ?? ''));
  if (wanted === undefined || limit === undefined || wanted * 100n < limit * closePercent) return [];
  const field = 'spec.memory.maxMemory';
  return [
    { field, message: `${field}: "${maxMemory}" of a limit of ${resources.limits?.['memory']} ${advice}` },
  ];
}
