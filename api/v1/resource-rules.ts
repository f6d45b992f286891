import { celCompare, celList, celMessage, celQuantity, celShortened } from './cel.ts';
import { type Problem, problem } from './problem.ts';
import { compareQuantities } from './quantity.ts';
import type { RedisClusterSpec } from './redis-cluster.ts';
import type { SpecRule } from './spec-rule.ts';

/** Less than this is a slip of the pen: 512m is half a byte. */
const leastBytes = '1Mi';
const tooLittle = `it must be ${leastBytes} or more; 512Mi is 512 mebibytes, and 512m is half a byte`;

/** A rule that a quantity of bytes, where there is one, is not next to nothing. */
function notTooLittle(
  at: string,
  field: string,
  valueIn: (spec: RedisClusterSpec) => string | undefined,
): SpecRule {
  return {
    at,
    fieldPath: `.${field}`,
    cel: `!has(self.${field}) || !isQuantity(string(self.${field})) || ${celQuantity(`self.${field}`)}.compareTo(quantity('${leastBytes}')) >= 0`,
    says: celMessage(`"{}" is wrong: ${tooLittle}`, `self.${field}`),
    problems: (spec) => {
      const value = valueIn(spec);
      return isLess(value, leastBytes) ? [problem(`spec.${at}.${field}`, value, tooLittle)] : [];
    },
  };
}

const noClass = 'spec.storage.type is emptyDir, which has no class; leave it out';
const bothSet = 'spec.memory.maxMemory is set too; only one of the two may be';
const shareOfNothing = 'it is a share of spec.resources.limits.memory, which is not set';

export const resourceRules: readonly SpecRule[] = [
  notTooLittle('storage', 'size', ({ storage }) => storage.size),
  notTooLittle('memory', 'maxMemory', ({ memory }) => memory?.maxMemory),
  {
    at: 'storage',
    fieldPath: '.storageClassName',
    cel: `self.type == 'pvc' || !has(self.storageClassName)`,
    says: celMessage(`"{}" is wrong: ${noClass}`, 'self.storageClassName'),
    problems: ({ storage: { type, storageClassName } }) =>
      type === 'pvc' || storageClassName === undefined
        ? []
        : [problem('spec.storage.storageClassName', storageClassName, noClass)],
  },
  {
    at: 'memory',
    fieldPath: '.maxMemoryPercent',
    cel: '!has(self.maxMemory) || !has(self.maxMemoryPercent)',
    says: celMessage(`{} is wrong: ${bothSet}`, 'self.maxMemoryPercent'),
    problems: ({ memory }) =>
      memory?.maxMemory === undefined || memory.maxMemoryPercent === undefined
        ? []
        : [percentProblem(memory.maxMemoryPercent, bothSet)],
  },
  {
    at: '',
    fieldPath: '.memory.maxMemoryPercent',
    cel: `!has(self.memory) || !has(self.memory.maxMemoryPercent) || (has(self.resources.limits) && 'memory' in self.resources.limits)`,
    says: celMessage(`{} is wrong: ${shareOfNothing}`, 'self.memory.maxMemoryPercent'),
    problems: ({ memory, resources }) =>
      memory?.maxMemoryPercent === undefined || resources.limits?.['memory'] !== undefined
        ? []
        : [percentProblem(memory.maxMemoryPercent, shareOfNothing)],
  },
  {
    at: '',
    fieldPath: '.memory.maxMemory',
    cel:
      `!has(self.memory) || !has(self.memory.maxMemory) || !has(self.resources.limits) || !('memory' in self.resources.limits) || ` +
      celCompare('self.memory.maxMemory', '<=', `self.resources.limits['memory']`),
    says: celMessage(
      '"{}" is wrong: it must be at most spec.resources.limits.memory, {}',
      'self.memory.maxMemory',
      `self.resources.limits['memory']`,
    ),
    problems: ({ memory, resources }) => {
      const limit = resources.limits?.['memory'];
      const right = `it must be at most spec.resources.limits.memory, ${limit}`;
      return isLess(limit, memory?.maxMemory)
        ? [problem('spec.memory.maxMemory', memory?.maxMemory, right)]
        : [];
    },
  },
  {
    at: 'resources',
    fieldPath: '.requests',
    cel: `!has(self.limits) || !has(self.requests) || self.requests.all(name, ${withinLimit()})`,
    says: `self.requests.filter(name, !(${withinLimit()})).map(name, ${celMessage(
      '{} "{}" is wrong: it must be at most its limit, {}',
      'name',
      'self.requests[name]',
      'self.limits[name]',
    )})[0]`,
    problems: ({ resources: { requests, limits = {} } }) =>
      Object.entries(requests)
        .filter(([name, requested]) => isLess(limits[name], requested))
        .map(([name, requested]) =>
          problem(
            `spec.resources.requests.${name}`,
            requested,
            `it must be at most its limit, ${limits[name]}`,
          ),
        ),
  },
  namesOf('requests'),
  namesOf('limits'),
];

function withinLimit(): string {
  return `!(name in self.limits) || ${celCompare('self.requests[name]', '<=', 'self.limits[name]')}`;
}

/** A misspelt name would be refused only when the pod is made. */
function namesOf(field: 'requests' | 'limits'): SpecRule {
  const known = ['cpu', 'memory', 'ephemeral-storage'];
  const right = `is no resource: it must be one of ${known.join(', ')}, or an extended resource such as example.com/device`;
  const unknown = `!(name in ${celList(known)} || name.startsWith('hugepages-') || name.contains('/'))`;
  return {
    at: `resources.${field}`,
    cel: `self.all(name, !(${unknown}))`,
    says: celMessage(`"{}" ${right}`, `self.filter(name, ${unknown}).map(name, ${celShortened('name')})[0]`),
    problems: ({ resources }) =>
      Object.keys(resources[field] ?? {})
        .filter((name) => !(known.includes(name) || name.startsWith('hugepages-') || name.includes('/')))
        .map((name) => unknownName(field, name, right)),
  };
}

const unknownName = (field: string, name: string, right: string): Problem => ({
  field: `spec.resources.${field}`,
  message: `spec.resources.${field}: "${name}" ${right}`,
});

const percentProblem = (percent: number, right: string): Problem =>
  problem('spec.memory.maxMemoryPercent', percent, right);

const isLess = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && (compareQuantities(one, other) ?? 0) < 0;
