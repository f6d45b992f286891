import { celList, celMessage, celShortened, celText } from './cel.ts';
import { isOwnedDirective, ownedDirectives, ownedFamilies } from './directives.ts';
import { type Problem, shortened } from './problem.ts';
import type { RedisClusterSpec } from './redis-cluster.ts';
import type { SpecRule } from './spec-rule.ts';

/**
 * A rule that refuses some directives by name and value. Values are never shown: they could be passwords.
 * `cel` and `refuses` say the same: true when the directive `name` with the value `self[name]` is refused.
 */
function refusing(
  right: string,
  cel: string,
  refuses: (name: string, value: string, spec: RedisClusterSpec) => boolean,
): SpecRule {
  return {
    at: 'redis',
    cel: `self.all(name, !(${cel}))`,
    says: celMessage(
      `"{}" is wrong: ${right}`,
      `self.filter(name, ${cel}).map(name, ${celShortened('name')})[0]`,
    ),
    problems: (spec) =>
      Object.entries(spec.redis ?? {})
        .filter(([name, value]) => refuses(name, value, spec))
        .map(([name]) => directiveProblem(name, right)),
  };
}

const directiveProblem = (name: string, right: string): Problem => ({
  field: 'spec.redis',
  message: `spec.redis: "${shortened(name)}" is wrong: ${right}`,
});

const familiesInCel = ownedFamilies.map((family) => `name.startsWith(${celText(family)})`).join(' || ');

const rightNames = 'names of directives are lower-case letters, digits and dashes';
const saidTwice = 'spec.memory is set, which says this; leave one of the two out';

export const redisRules: readonly SpecRule[] = [
  refusing(rightNames, `!name.matches('^[a-z0-9-]+$')`, (name) => !/^[a-z0-9-]+$/.test(name)),
  refusing(
    'the operator sets this directive itself; spec.persistence, spec.memory and spec.authSecret say what can be said',
    `name in ${celList(ownedDirectives)} || ${familiesInCel}`,
    isOwnedDirective,
  ),
  refusing(
    'its value must be one line without control characters',
    `self[name].matches('[[:cntrl:]]')`,
    (_name, value) => hasControl(value),
  ),
  {
    ...refusing(
      saidTwice,
      `name.startsWith('maxmemory')`,
      (name, _value, spec) => spec.memory !== undefined && name.startsWith('maxmemory'),
    ),
    at: '',
    fieldPath: '.redis',
    cel: `!has(self.memory) || !has(self.redis) || self.redis.all(name, !name.startsWith('maxmemory'))`,
    says: celMessage(
      `"{}" is wrong: ${saidTwice}`,
      `self.redis.filter(name, name.startsWith('maxmemory')).map(name, ${celShortened('name')})[0]`,
    ),
  },
];

/** What is wrong with directives that a parsed spec does not show: zod passes over one key in silence. */
export function unseenDirectives(rawSpec: unknown): readonly Problem[] {
  const redis = isObject(rawSpec) && 'redis' in rawSpec ? rawSpec.redis : undefined;
  return isObject(redis) && Object.hasOwn(redis, '__proto__')
    ? [directiveProblem('__proto__', rightNames)]
    : [];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const hasControl = (text: string): boolean =>
  [...text].some((character) => character < ' ' || character === '\u007f');
