import { insteadOf, isOwnedDirective } from './directives.ts';
import { notYet } from './not-yet.ts';
import { type Problem, problem } from './problem.ts';
import { parseQuantity } from './quantity.ts';
import type { RedisClusterSpec } from './redis-cluster.ts';

type Rule = (spec: RedisClusterSpec) => readonly Problem[];

/** What the schema alone cannot say. The CRD's rules say most of it at admission; this is the guard behind them. */
export const specProblems = (name: string, spec: RedisClusterSpec): readonly Problem[] => [
  ...nameProblems(name),
  ...rules.flatMap((rule) => rule(spec)),
];

/** `<name>-control-authority` and `<name>-data-49` must be names too; Services are the strictest. */
export const longestName = 50;

function nameProblems(name: string): readonly Problem[] {
  const fits = name.length <= longestName && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name);
  const right = `at most ${longestName} lower-case letters, digits and dashes, a letter first: Services are named after it`;
  return fits ? [] : [problem('metadata.name', name, right)];
}

const rules: readonly Rule[] = [
  directives,
  quantities,
  memoryWithinLimit,
  oneMaxMemory,
  requestsWithinLimits,
  supported,
];

function directives({ redis = {}, memory }: RedisClusterSpec): readonly Problem[] {
  return Object.entries(redis).flatMap(([name, value]) => {
    const field = `spec.redis.${name.slice(0, 64)}`;
    const instead = insteadOf[name] === undefined ? '' : `; use ${insteadOf[name]}`;
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      return [problem(field, name, 'names are lower-case letters, digits and dashes')];
    if (isOwnedDirective(name))
      return [problem(field, value, `the operator sets this directive itself${instead}`)];
    if (memory !== undefined && name.startsWith('maxmemory')) {
      return [problem(field, value, `spec.memory is set, and it says this${instead}`)];
    }
    return hasControl(value) ? [problem(field, value, 'it must be one line without control characters')] : [];
  });
}

const hasControl = (text: string): boolean =>
  [...text].some((character) => character < ' ' || character === '\u007f');

function quantities({ storage, memory, resources }: RedisClusterSpec): readonly Problem[] {
  const named: readonly (readonly [string, string | number | undefined])[] = [
    ['spec.storage.size', storage.size],
    ['spec.memory.maxMemory', memory?.maxMemory],
    ...Object.entries(resources.requests).map(
      ([key, value]) => [`spec.resources.requests.${key}`, value] as const,
    ),
    ...Object.entries(resources.limits ?? {}).map(
      ([key, value]) => [`spec.resources.limits.${key}`, value] as const,
    ),
  ];
  return named.flatMap(([field, value]) =>
    value === undefined || parseQuantity(String(value)) !== undefined
      ? []
      : [problem(field, value, 'it must be a quantity such as 512Mi or 2')],
  );
}

function memoryWithinLimit({ memory, resources }: RedisClusterSpec): readonly Problem[] {
  const wanted = amount(memory?.maxMemory);
  const limit = amount(resources.limits?.['memory']);
  if (wanted === undefined || limit === undefined || wanted <= limit) return [];
  const right = `it must be at most spec.resources.limits.memory, ${resources.limits?.['memory']}`;
  return [problem('spec.memory.maxMemory', memory?.maxMemory, right)];
}

function oneMaxMemory({ memory, resources }: RedisClusterSpec): readonly Problem[] {
  const { maxMemory, maxMemoryPercent } = memory ?? {};
  if (maxMemoryPercent === undefined) return [];
  if (maxMemory !== undefined) {
    return [
      problem(
        'spec.memory.maxMemoryPercent',
        maxMemoryPercent,
        'maxMemory is set: only one of the two may be',
      ),
    ];
  }
  return resources.limits?.['memory'] === undefined
    ? [
        problem(
          'spec.memory.maxMemoryPercent',
          maxMemoryPercent,
          'it is a share of spec.resources.limits.memory, which is not set',
        ),
      ]
    : [];
}

function requestsWithinLimits({ resources }: RedisClusterSpec): readonly Problem[] {
  const { requests, limits = {} } = resources;
  return Object.entries(requests).flatMap(([name, requested]) => {
    const [asked, limit] = [milli(requested), milli(limits[name])];
    if (asked === undefined || limit === undefined || asked <= limit) return [];
    return [
      problem(`spec.resources.requests.${name}`, requested, `it must be at most its limit, ${limits[name]}`),
    ];
  });
}

const amount = (value: string | number | undefined): bigint | undefined =>
  value === undefined ? undefined : parseQuantity(String(value));

/** Whole units are too coarse for processors: 100m and 1 are both 1 rounded up. */
function milli(value: string | number | undefined): bigint | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  return text.endsWith('m') ? parseQuantity(text.slice(0, -1)) : multiplied(parseQuantity(text));
}

const multiplied = (units: bigint | undefined): bigint | undefined =>
  units === undefined ? undefined : units * 1000n;

function supported(spec: RedisClusterSpec): readonly Problem[] {
  return notYet.flatMap(({ field, refused, right, valueIn }) =>
    refused(spec) ? [problem(`spec.${field}`, valueIn(spec), right)] : [],
  );
}
