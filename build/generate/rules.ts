import { ownedDirectives, ownedFamilies } from '../../api/v1/directives.ts';
import { notYet } from '../../api/v1/not-yet.ts';
import { longestName } from '../../api/v1/validate.ts';

/** A CEL rule of the API server. The message names the field and what would be right; the
 * API server adds the value. Expressions for messages are beyond its budget here. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly fieldPath?: string;
}

const quoted = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

const unsupported: readonly ValidationRule[] = notYet.map(({ field, cel, right }) => ({
  rule: cel,
  message: `spec.${field} is wrong: ${right}`,
}));

const families = ownedFamilies.map((family) => `k.startsWith('${family}')`).join(' || ');
const ownedRule = `!has(self.redis) || self.redis.all(k, !(k in ${quoted(ownedDirectives)} || ${families}))`;

/** Rules over the whole spec. */
export const specRules: readonly ValidationRule[] = [
  ...unsupported,
  {
    rule: ownedRule,
    message: `spec.redis is wrong: the operator sets these itself: ${ownedDirectives.join(', ')}, ${ownedFamilies.join('*, ')}*`,
  },
  {
    rule: "!has(self.redis) || self.redis.all(k, k.matches('^[a-z][a-z0-9-]*$'))",
    message: 'spec.redis is wrong: names of directives are lower-case letters, digits and dashes',
  },
  {
    rule: "!has(self.redis) || self.redis.all(k, !self.redis[k].matches('[\\\\x00-\\\\x1f\\\\x7f]'))",
    message: 'spec.redis is wrong: a value must be one line without control characters',
  },
  {
    rule: "!has(self.redis) || !has(self.memory) || self.redis.all(k, !k.startsWith('maxmemory'))",
    message:
      'spec.redis is wrong: spec.memory is set, and it says what maxmemory directives say; leave them out',
  },
  {
    rule: '!has(self.memory) || !has(self.memory.maxMemory) || !has(self.memory.maxMemoryPercent)',
    message: 'spec.memory is wrong: maxMemory and maxMemoryPercent are both set; only one of the two may be',
  },
  {
    rule: '!has(self.memory) || !has(self.memory.maxMemoryPercent) || (has(self.resources.limits) && "memory" in self.resources.limits)',
    message:
      'spec.memory.maxMemoryPercent is wrong: it is a share of spec.resources.limits.memory, which is not set',
  },
  {
    rule: 'self.instances >= oldSelf.instances',
    message: 'spec.instances is wrong: scaling down is not supported yet; it may only grow',
    fieldPath: '.instances',
  },
];

export const storageRules: readonly ValidationRule[] = [
  {
    rule: 'self.type == oldSelf.type',
    message: 'spec.storage.type is wrong: it cannot be changed; make another cluster instead',
    fieldPath: '.type',
  },
  {
    rule: 'isQuantity(self.size)',
    message: 'spec.storage.size is wrong: it must be a quantity such as 10Gi',
    fieldPath: '.size',
  },
  {
    rule: '!isQuantity(self.size) || !isQuantity(oldSelf.size) || quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0',
    message: 'spec.storage.size is wrong: volumes never shrink',
    fieldPath: '.size',
  },
];

const classOf = (object: string): string =>
  `(has(${object}.spec.storage.storageClassName) ? ${object}.spec.storage.storageClassName : '')`;

/** Rules that see the name, and the status before the change. */
export const rootRules: readonly ValidationRule[] = [
  {
    rule: `self.metadata.name.size() <= ${longestName} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
    message: `metadata.name is wrong: it must be at most ${longestName} lower-case letters, digits and dashes, a letter first: Services are named after it`,
  },
  {
    rule: `!has(oldSelf.status) || !has(oldSelf.status.term) || ${classOf('self')} == ${classOf('oldSelf')}`,
    message: 'spec.storage.storageClassName is wrong: it cannot be changed once the cluster has a primary',
  },
];
