import { celCompare, celMessage } from '../../api/v1/cel.ts';
import { type NotYet, notYet } from '../../api/v1/not-yet.ts';
import { longestName, namePattern, rightName, specRules } from '../../api/v1/validate.ts';
import type { ValidationRule } from './structural.ts';

/** A rule, and the field that it is attached to: below spec, or spec itself when empty. */
export interface PlacedRule {
  readonly at: string;
  readonly rule: ValidationRule;
}

/** Every rule of the spec, in the order in which they are attached. */
export const placedRules: readonly PlacedRule[] = [
  ...notYet.map((refusal) => ({ at: refusal.field, rule: refusalRule(refusal) })),
  ...specRules.map(({ at, cel, says, fieldPath }) => ({
    at,
    rule: { rule: cel, messageExpression: says, ...(fieldPath === undefined ? {} : { fieldPath }) },
  })),
  ...transitions(),
];

function refusalRule({ refusedWhen, shows, right }: NotYet): ValidationRule {
  return {
    rule: refusedWhen === 'true' ? 'false' : `!(${refusedWhen})`,
    ...(shows === undefined
      ? { message: right }
      : { messageExpression: celMessage(`"{}" is wrong: ${right}`, shows) }),
  };
}

/** What may not be changed in this way. Only the API server sees the change, so only it can refuse. */
function transitions(): readonly PlacedRule[] {
  const rule = (at: string, cel: string, says: string): PlacedRule => ({
    at,
    rule: { rule: cel, messageExpression: says },
  });
  return [
    rule('storage.type', 'self == oldSelf', celMessage('it cannot be changed; it must stay "{}"', 'oldSelf')),
    rule(
      'storage.size',
      celCompare('self', '>=', 'oldSelf'),
      celMessage('volumes never shrink; it must be "{}" or more', 'oldSelf'),
    ),
    {
      at: '',
      rule: {
        rule: 'has(self.bootstrap) == has(oldSelf.bootstrap) && (!has(self.bootstrap) || self.bootstrap == oldSelf.bootstrap)',
        message: 'spec.bootstrap is wrong: what a cluster started from cannot be changed; leave it as it was',
        fieldPath: '.bootstrap',
      },
    },
  ];
}

const classOf = (object: string): string =>
  `(has(${object}.spec.storage.storageClassName) ? ${object}.spec.storage.storageClassName : '')`;

/** Rules that see the name, and the status before the change. */
export const rootRules: readonly ValidationRule[] = [
  {
    rule: `self.metadata.name.size() <= ${longestName} && self.metadata.name.matches(r'${namePattern.source}')`,
    messageExpression: celMessage(`metadata.name: "{}" is wrong: ${rightName}`, 'self.metadata.name'),
  },
  {
    rule: `!has(oldSelf.status) || !has(oldSelf.status.term) || ${classOf('self')} == ${classOf('oldSelf')}`,
    messageExpression: celMessage(
      '"{}" is wrong: it cannot be changed once there is a primary; it must stay "{}"',
      classOf('self'),
      classOf('oldSelf'),
    ),
    fieldPath: '.spec.storage.storageClassName',
  },
];
