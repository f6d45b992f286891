import type { FailoverStep } from '../../controller/cluster/failover/step.ts';
import { learnCommand, type ReceivedCommand } from '../../instance-manager/commands.ts';
import { whyCommandRefused } from '../../instance-manager/refuse.ts';
import { isCut, operatorCut, peerCut } from './cuts.ts';
import type { Message } from './hearing.ts';
import {
  addressOf,
  factsOf,
  type Instance,
  identityOf,
  nameOf,
  type Pod,
  type Status,
  uidOf,
} from './instance.ts';
import { withPod } from './instance-moves.ts';
import type { Emit } from './moves.ts';
import { isOutdated, type Operator, type Pending } from './operator.ts';
import { type Rules, settle } from './settle.ts';
import { now } from './time.ts';
import { none, type Values, type World } from './world.ts';

/** What the operator is about to write when somebody asks for a hand-over; undefined while nobody could take over. */
export function offerTo(
  to: Pod,
  status: Status,
  world: World,
  { values, term }: { readonly values: Values; readonly term: number },
): Pending | undefined {
  const [number = none, target = none] = [world.pods[to], world.pods[status.target]];
  if (number === none || target === none || to === status.target) return undefined;
  const candidate = values.instances.at(number);
  const inSync = candidate.syncedTerm === status.term && candidate.follows === status.target;
  if (!inSync || !values.takesWrites(target)) return undefined;
  const offer = { term, to, run: candidate.run };
  return {
    on: status.version,
    age: 0,
    held: false,
    kind: 'offer',
    status: { ...status, offer, offered: term },
  };
}

/** What is said once an offer is written: the primary is asked to release its term. */
export const askedFor = (status: Status): readonly Message[] => [
  { kind: 'switchover', to: status.target, term: status.term, status, age: 0, held: false },
];

/**
 * As `begin` in effects.ts: a successor to whom the term was offered is promoted before the record. It is told on the version that
 * the operator decided on.
 */
export function promotedEarly(step: FailoverStep, status: Status): readonly Message[] {
  if (step.kind !== 'appoint' || step.switchover === undefined || status.offer?.term !== step.term) return [];
  const { to, run } = status.offer;
  const taken: Status = { ...status, term: step.term, target: to, run, fenced: false, offer: undefined };
  return [{ kind: 'promote', to, term: step.term, status: taken, age: 0, held: false }];
}

/**
 * As `handOver` of an instance: it releases its term if the candidate has all that it has, and that one's Redis tells it so. Its
 * clients wait meanwhile, so all of it is one move.
 */
export function handedOver(pod: Pod, { status }: Message, world: World, values: Values): Instance {
  const { rules } = values;
  const own = values.instances.at(world.pods[pod] ?? none);
  const offer = status?.offer;
  if (status === undefined || offer === undefined || own.release !== undefined) return own;
  const command = switchoverOf(pod, status, offer);
  const refused = whyCommandRefused(command, factsOf(own, rules.scope), identityOf(pod), now);
  if (refused !== undefined || !hasAll(pod, offer.to, world, values)) return own;
  const release = { term: status.term, to: offer.to, handover: offer.term };
  const released = settle(pod, { ...own, release }, rules);
  return released.gateOpen ? own : released;
}

const switchoverOf = (
  pod: Pod,
  { term }: Status,
  offer: NonNullable<Status['offer']>,
): ReceivedCommand & { readonly kind: 'switchover' } => ({
  kind: 'switchover',
  term,
  podUID: uidOf(pod),
  candidate: nameOf(offer.to),
  address: addressOf(offer.to),
  handover: offer.term,
});

function hasAll(pod: Pod, to: Pod, { pods, cuts }: World, values: Values): boolean {
  const [number = none, own = none] = [pods[to], pods[pod]];
  if (number === none || isCut(cuts, peerCut(pod, to))) return false;
  const candidate = values.instances.at(number);
  const answers = candidate.process === 'running' && !candidate.frozen;
  return answers && candidate.follows === pod && candidate.data >= values.instances.at(own).data;
}

/** The operator takes its offer back: it asks the primary for its promise, and hears it within the tick. */
export function emitRecall(world: World, operator: Operator, values: Values, emit: Emit): void {
  const { cache: status, pending } = operator;
  const { offer, target, term } = status;
  if (offer === undefined || pending !== undefined || isOutdated(operator)) return;
  const number = world.pods[target] ?? none;
  if (number === none || isCut(world.cuts, operatorCut(target))) return;
  const next = promised(target, values.instances.at(number), { term, handover: offer.term }, values.rules);
  if (next === undefined) return;
  const withdrawn: Pending = {
    on: status.version,
    age: 0,
    held: false,
    kind: 'withdraw',
    status: { ...status, offer: undefined },
  };
  const leader = values.operators.numberOf({ ...operator, pending: withdrawn });
  const heard = withPod(world, target, values.instances.numberOf(next));
  emit({ ...heard, leader }, '# promises that it does not hand over', target);
}

/** Undefined where it does not promise. */
function promised(
  pod: Pod,
  instance: Instance,
  { term, handover }: { readonly term: number; readonly handover: number },
  { scope, guards }: Rules,
): Instance | undefined {
  if (instance.frozen || instance.process === 'gone') return undefined;
  const command = { kind: 'recall', term, podUID: uidOf(pod), handover } as const;
  const facts = factsOf(instance, scope);
  const refused = whyCommandRefused(command, facts, identityOf(pod), now) !== undefined;
  if (refused && guards.refusal) return undefined;
  const { recalled = 0 } = learnCommand(command, facts, nameOf(pod), now);
  return { ...instance, recalled };
}
