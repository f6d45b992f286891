import { decideRole, isWritable, type RoleStep } from '../../instance-manager/decide.ts';
import type { Confirmation } from '../../instance-manager/facts.ts';
import { covers } from '../../instance-manager/nomination.ts';
import { isSame } from '../../instance-manager/same.ts';
import { viewOf } from '../../instance-manager/view.ts';
import type { Guards } from './guards.ts';
import { factsOf, type Instance, type Pod, placeOf, redisFactsOf } from './instance.ts';
import type { Scope } from './scope.ts';
import { leaseOver, now, promiseSettled } from './time.ts';

export interface Rules {
  readonly scope: Scope;
  readonly guards: Guards;
}

/** More than any way from one role to another takes. */
const stepsInARow = 8;

/**
 * The role loop: one step of `decideRole` after the other until there is nothing left to do. `confirmed` is a live reading
 * that has just been made. Nothing else happens in between: a crash half-way is one of the crashes before or after.
 */
export function settle(pod: Pod, first: Instance, rules: Rules, confirmed?: Confirmation): Instance {
  let instance = first;
  for (let taken = 0; taken < stepsInARow; taken += 1) {
    const step = nextStep(pod, instance, rules, confirmed);
    if (step.kind === 'keep' || step.kind === 'confirm') return trimmed(instance);
    instance = after(step, instance);
  }
  throw new Error(`pod ${pod} does not settle: ${JSON.stringify(instance)}`);
}

const idle: RoleStep = { kind: 'keep', because: 'nobody is there to decide' };

export function nextStep(
  pod: Pod,
  instance: Instance,
  { scope, guards }: Rules,
  confirmed?: Confirmation,
): RoleStep {
  if (instance.process !== 'running' || instance.frozen) return idle;
  const facts = { ...factsOf(instance, scope), confirmed };
  return decideRole(guards.roleView(viewOf(placeOf(pod), facts, redisFactsOf(instance, scope), now)));
}

/** What `act` makes of a step. */
function after(step: RoleStep, instance: Instance): Instance {
  switch (step.kind) {
    case 'keep':
    case 'confirm':
    case 'keepAside':
      return instance;
    case 'listen':
      return { ...instance, release: undefined };
    case 'adopt':
      return {
        ...instance,
        record: step.record,
        ahead: covers(instance.ahead, step.record) ? instance.ahead : undefined,
        promisedFor: 0,
      };
    case 'note':
      return { ...instance, ahead: isSame(step.record, instance.record) ? undefined : step.record };
    case 'promote':
      return { ...instance, follows: 'nobody', gateOpen: true, release: undefined };
    case 'regate':
      return { ...instance, gateOpen: true };
    case 'fence':
    case 'release':
      return { ...instance, gateOpen: false };
    case 'detach':
      return { ...instance, follows: 'nowhere' };
    case 'follow':
      return { ...instance, follows: followed(instance) };
  }
}

/** Whom the tenure names: `follow` is decided with its address. */
const followed = ({ known }: Instance): Instance['follows'] => known?.target ?? 'nowhere';

/** Nothing can tell an age beyond the last wait from another, nor a promise that was given from one that was asked for. */
function trimmed(instance: Instance): Instance {
  const { proof, record, promisedFor, promiseAsked, nominated, release, recalled } = instance;
  const promises = record.term > 0 && record.role === undefined;
  return {
    ...instance,
    proof: proof !== undefined && proof.age >= leaseOver ? undefined : proof,
    promiseAsked: promiseAsked <= record.term ? 0 : promiseAsked,
    nominated: nominated <= record.term ? 0 : nominated,
    // Of a term before the one it obeys, neither binds it any more.
    release: release !== undefined && release.term < record.term ? undefined : release,
    recalled: recalled <= record.term ? 0 : recalled,
    promisedFor: promises ? Math.min(promisedFor, promiseSettled) : 0,
  };
}

/** As `need` in `proofViewOf`, but that a proof of any age may be followed by the next. */
export function needsProof(pod: Pod, instance: Instance, rules: Rules): boolean {
  if (takesWrites(instance, rules)) return instance.proof === undefined || instance.proof.age > 0;
  return nextStep(pod, instance, rules).kind === 'confirm';
}

/** Could acknowledge a write at this moment. */
export const takesWrites = (instance: Instance, { scope }: Rules): boolean =>
  instance.process === 'running' && !instance.frozen && isWritable(redisFactsOf(instance, scope));
