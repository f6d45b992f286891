import { type FailoverStep, nextTerm } from '../../controller/cluster/failover/step.ts';
import { reportOf } from '../../controller/cluster/view.ts';
import { isCut, operatorCut, peerCut, watchStalls } from './cuts.ts';
import { askedFor, emitRecall, handedOver, offerTo, promotedEarly } from './hand-over.ts';
import { type Message, obey } from './hearing.ts';
import { type Instance, madeAnew, nameOf, type Pod, type Status } from './instance.ts';
import { withPod } from './instance-moves.ts';
import type { Emit } from './moves.ts';
import {
  decide,
  isOutdated,
  type Operator,
  type Pending,
  recordOf,
  type Seen,
  upToDate,
} from './operator.ts';
import { none, type Values, type World } from './world.ts';

const kindOfCommand = 10;

/** What an operator may do next, and which of its commands may arrive. */
export function operatorMoves(world: World, values: Values, emit: Emit): void {
  const { leader, deposed, recorded } = world;
  const operator = values.operators.at(leader);
  const { status } = values.recorded.at(recorded);
  if (operator.cache.version < status.version && !isCut(world.cuts, watchStalls)) {
    emit(
      { ...world, leader: values.operators.numberOf(upToDate({ ...operator, cache: status })) },
      'the operator hears what the status says',
      none,
    );
  }
  if (operator.pending === undefined) emitDecision(world, values, emit);
  else emitRecord(world, { by: 'leader', operator, pending: operator.pending }, values, emit);
  if (values.rules.scope.handsOver) {
    emitOffers(world, operator, values, emit);
    emitRecall(world, operator, values, emit);
  }
  emitGrant(world, operator, values, emit);
  if (deposed !== none) {
    const before = values.operators.at(deposed);
    if (before.pending !== undefined)
      emitRecord(world, { by: 'deposed', operator: before, pending: before.pending }, values, emit);
    // It runs elsewhere: what cuts the leader off need not cut it off.
    if (!values.rules.guards.onlyLeaderGrants)
      emitGrant({ ...world, cuts: 0 }, before, values, (next, ...told) =>
        emit({ ...next, cuts: world.cuts }, ...told),
      );
  }
  deliveries(world, values, emit);
}

/** The pods that go by the wanted names now. */
const current = ({ pods }: World): readonly Pod[] =>
  [...pods.keys()].filter((pod) => pods[pod] !== none && !(pod === 0 && (pods[madeAnew] ?? none) !== none));

function answers(pod: Pod, { pods, cuts }: World, values: Values): Instance | undefined {
  const number = pods[pod] ?? none;
  if (number === none || isCut(cuts, operatorCut(pod))) return undefined;
  const instance = values.instances.at(number);
  return instance.frozen || instance.process === 'gone' ? undefined : instance;
}

const seenBy = (status: Status, world: World, values: Values): readonly Seen[] =>
  current(world).map((pod) => ({
    pod,
    instance: answers(pod, world, values),
    hears: hears(pod, status, world, values),
  }));

function emitDecision(world: World, values: Values, emit: Emit): void {
  const operator = values.operators.at(world.leader);
  const { status: latest } = values.recorded.at(world.recorded);
  // As `newest`: what does not show our own last write is read live.
  const outdated = isOutdated(operator);
  const status = outdated ? latest : operator.cache;
  const seen = seenBy(status, world, values);
  const numbers = seen.map(({ pod, instance, hears }) =>
    instance === undefined ? `${pod}` : `${pod}:${world.pods[pod]}${hears}`,
  );
  const key = `${world.leader} ${outdated ? world.recorded : ''} ${numbers}`;
  const decided = values.decisions.get(key) ?? decideOnce(operator, status, seen, values);
  values.decisions.set(key, decided);
  const { leader, messages, what } = decided;
  emit(sent({ ...world, leader }, messages, values), what, none);
}

/** What a decision makes of the operator, and what it sends. */
export interface Decided {
  readonly leader: number;
  readonly messages: readonly Message[];
  readonly what: string;
}

function decideOnce(operator: Operator, status: Status, seen: readonly Seen[], values: Values): Decided {
  const { step, fence, grants } = decide(operator, status, seen, values.rules);
  const pending = recordOf(step, status);
  return {
    leader: values.operators.numberOf(upToDate({ ...operator, fence, grants, pending })),
    messages: [...announcements(step, seen), ...promotedEarly(step, status)],
    what: `the operator decides: ${step.kind}, ${step.because}`,
  };
}

/** Somebody asks for a hand-over while failover has nothing to do: to anybody who is in sync. */
function emitOffers(world: World, operator: Operator, values: Values, emit: Emit): void {
  const { cache: status, pending } = operator;
  if (pending !== undefined || isOutdated(operator) || status.offer !== undefined) return;
  const seen = seenBy(status, world, values);
  const { step, view } = decide(operator, status, seen, values.rules);
  if (step.kind !== 'hold' || step.underWay || step.blocked !== undefined) return;
  for (const pod of current(world)) {
    const report = reportOf(view.instances.get(nameOf(pod)));
    const term = report === undefined ? 0 : nextTerm(report, view);
    const offer = term === 0 ? undefined : offerTo(pod, status, world, { values, term });
    if (offer === undefined) continue;
    const leader = values.operators.numberOf({ ...operator, pending: offer });
    const nominated = messagesTo([nameOf(pod)], 'nominate', term, seen);
    emit(sent({ ...world, leader }, nominated, values), 'a hand-over to # is asked for', pod);
  }
}

/** Its primary answers a replica at this moment. */
function hears(pod: Pod, { target }: Status, { pods, cuts }: World, values: Values): boolean {
  const [number = none, other = none] = [pods[pod], pods[target]];
  if (number === none || other === none || pod === target) return false;
  const primary = values.instances.at(other);
  const linked = values.instances.at(number).follows === target && !isCut(cuts, peerCut(pod, target));
  return linked && !primary.frozen && primary.process === 'running';
}

/** What is said before anything is recorded. */
function announcements(step: FailoverStep, seen: readonly Seen[]): readonly Message[] {
  if (step.kind === 'prepare') return messagesTo(step.pods, 'prepare', step.term, seen);
  return step.kind === 'appoint' ? messagesTo([step.pod], 'nominate', step.term, seen) : [];
}

const messagesTo = (
  names: readonly string[],
  kind: 'prepare' | 'nominate',
  term: number,
  seen: readonly Seen[],
): readonly Message[] =>
  seen
    .filter(({ pod }) => names.includes(nameOf(pod)))
    .map(({ pod }) => ({ kind, to: pod, term, status: undefined, age: 0, held: false }));

function sent(world: World, more: readonly Message[], values: Values): World {
  if (more.length === 0) return world;
  const all = [...values.messages.at(world.messages), ...more].sort((a, b) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
  );
  const different = all.filter(
    (one, index) => index === 0 || JSON.stringify(one) !== JSON.stringify(all[index - 1]),
  );
  return { ...world, messages: values.messages.numberOf(different) };
}

interface Writer {
  readonly by: 'leader' | 'deposed';
  readonly operator: Operator;
  readonly pending: Pending;
}

/** The write reaches the API server: it is refused, or it counts and its commands are sent. */
function emitRecord(world: World, { by, operator, pending }: Writer, values: Values, emit: Emit): void {
  const { status: before, appointed } = values.recorded.at(world.recorded);
  const { scope, guards } = values.rules;
  const over = { ...operator, pending: undefined };
  if (pending.on !== before.version && guards.compareAndSwap) {
    const refused = { ...over, lowest: Math.max(over.lowest, pending.on + 1) };
    emit(
      { ...world, [by]: values.operators.numberOf(refused) },
      'the operator’s write is refused: the status has changed',
      none,
    );
    return;
  }
  const status: Status = { ...written(before, pending), version: before.version + 1 };
  if (status.version > scope.versions || Math.max(status.term, status.offered) > scope.terms) return;
  const known = namedIn(appointed, status, pending);
  const grants = pending.kind === 'appoint' ? { term: status.term, pod: status.target } : over.grants;
  const wrote = { ...over, lowest: status.version, grants: by === 'leader' ? grants : over.grants };
  const next: World = {
    ...world,
    [by]: values.operators.numberOf(wrote),
    recorded: values.recorded.numberOf({ status, appointed: known }),
  };
  emit(
    sent(next, effects(status, pending, world), values),
    `status: ${words[pending.kind]} (term ${status.term})`,
    status.target,
  );
}

const namedIn = (appointed: readonly Pod[], status: Status, { kind }: Pending): readonly Pod[] => {
  if (kind === 'offer')
    return withTerm(appointed, { term: status.offered, target: status.offer?.to ?? none });
  return kind === 'appoint' ? withTerm(appointed, status) : appointed;
};

const firstOf = (known: Pod | undefined, target: Pod): Pod =>
  known === undefined || known === none ? target : known;

/** Whom a term was given to first. */
const withTerm = (
  appointed: readonly Pod[],
  { term, target }: Pick<Status, 'term' | 'target'>,
): readonly Pod[] =>
  Array.from({ length: Math.max(term, appointed.length) }, (_, index) =>
    index === term - 1 ? firstOf(appointed[index], target) : (appointed[index] ?? none),
  );

/** A step writes nothing but what it changes: without its version it may meet another tenure than it was decided on. */
function written(before: Status, { kind, status }: Pending): Omit<Status, 'version'> {
  switch (kind) {
    case 'appoint':
      return status;
    case 'fence':
    case 'reinstate':
      return { ...before, fenced: status.fenced };
    case 'offer':
    case 'withdraw':
      return { ...before, offer: status.offer, offered: status.offered };
  }
}

const words = {
  fence: '# is fenced',
  reinstate: '# is reinstated',
  appoint: '# is appointed',
  offer: '# is to hand over',
  withdraw: '# is not to hand over any more',
} as const;

/** As `carryOut`. */
function effects(status: Status, { kind, age }: Pending, world: World): readonly Message[] {
  const { term, target } = status;
  const common = { term, status, age, held: false };
  switch (kind) {
    case 'reinstate':
    case 'withdraw':
      return [];
    case 'offer':
      return askedFor(status);
    case 'fence':
      return [{ ...common, kind: 'fence', to: target }];
    case 'appoint':
      return current(world).map((pod) => ({
        ...common,
        kind: pod === target ? 'promote' : 'follow',
        to: pod,
      }));
  }
}

/** The vigil: the primary has just answered, and what it said of its clock is echoed. */
function emitGrant(world: World, { grants }: Operator, values: Values, emit: Emit): void {
  if (grants === undefined) return;
  const { pod, term } = grants;
  const instance = answers(pod, world, values);
  if (instance === undefined || !current(world).includes(pod)) return;
  if (instance.proof?.term === term && instance.proof.age === 0) return;
  const message: Message = { kind: 'lease', to: pod, term, status: undefined, age: 0, held: false };
  const next = delivered(world, message, values);
  if (next !== world.pods[pod]) emit(withPod(world, pod, next), 'the operator grants # its lease', pod);
}

function delivered(world: World, message: Message, values: Values): number {
  const { pods } = world;
  if (message.kind === 'switchover')
    return values.instances.numberOf(handedOver(message.to, message, world, values));
  const detail = values.messages.numberOf([message]);
  return values.changed(pods[message.to] ?? none, { kind: kindOfCommand, pod: message.to, detail }, (one) =>
    obey(one, message, values.rules),
  );
}

function deliveries(world: World, values: Values, emit: Emit): void {
  const all = values.messages.at(world.messages);
  for (const message of all) {
    const { to, kind, term } = message;
    const number = world.pods[to] ?? none;
    if (number === none) continue;
    const instance = values.instances.at(number);
    if (instance.frozen || instance.process === 'gone') continue;
    const messages = values.messages.numberOf(all.filter((one) => one !== message));
    const next = { ...withPod(world, to, delivered(world, message, values)), messages };
    emit(next, `# gets the command ${kind} of term ${term}`, to);
  }
}
