import { learnCommand, type ToldCommand } from '../../instance-manager/commands.ts';
import type { Facts } from '../../instance-manager/facts.ts';
import { hearCluster, takeReading } from '../../instance-manager/learn.ts';
import { whyCommandRefused } from '../../instance-manager/refuse.ts';
import { moment } from '../../time/units.ts';
import {
  addressOf,
  clusterFactsOf,
  factsOf,
  type Instance,
  identityOf,
  nameOf,
  type Pod,
  type Status,
  uidOf,
  withFacts,
} from './instance.ts';
import { type Rules, settle } from './settle.ts';
import { now, onSlowClock } from './time.ts';

/** The watch brings what the RedisCluster says now. */
export function hear(pod: Pod, instance: Instance, status: Status, rules: Rules): Instance {
  const facts = factsOf(instance, rules.scope);
  const heard = hearCluster(facts, clusterFactsOf(status, rules.scope));
  return settle(pod, withFacts(instance, { ...facts, ...heard }, status), rules);
}

export interface Reading {
  readonly kind: 'read' | 'relay';
  readonly status: Status;
  /** How long ago it was asked for, in ticks. */
  readonly age: number;
  /** It was begun after redis-server was started: as `readTenure`, it tells the boot term where that is not known yet. */
  readonly sameProcess: boolean;
}

/** The answer to a live read comes: its own, or a peer's. */
export function read(pod: Pod, instance: Instance, reading: Reading, rules: Rules): Instance {
  const { scope, guards } = rules;
  const { status, kind, sameProcess } = reading;
  const age = guards.readsCountFromAsking ? reading.age : 0;
  const known = factsOf(instance, scope);
  const told = kind === 'read' && sameProcess && instance.process === 'running' ? status.term : undefined;
  const facts: Facts = { ...known, process: { ...known.process, bootTerm: instance.bootTerm ?? told } };
  const taken = takeReading(facts, nameOf(pod), {
    kind,
    at: moment(now - onSlowClock(age)),
    cluster: clusterFactsOf(status, scope),
  });
  return settle(pod, withFacts(instance, { ...facts, ...taken }, status), rules, taken.confirmed);
}

/** A command on its way. `status` is what was recorded, for those that tell of it. */
export interface Message {
  readonly kind: 'lease' | 'prepare' | 'nominate' | 'promote' | 'follow' | 'fence' | 'switchover';
  readonly to: Pod;
  readonly term: number;
  readonly status: Status | undefined;
  /** How old the moment is that it echoes, and how long it has been on its way; in ticks. */
  readonly age: number;
  /** It outlasts the tick in which it was sent. */
  readonly held: boolean;
}

/** A command comes, other than `switchover`, see hand-over.ts. What is refused changes nothing. */
export function obey(instance: Instance, message: Message, rules: Rules): Instance {
  const { to, status } = message;
  const { scope, guards } = rules;
  const command = commandOf(message, rules);
  const facts = factsOf(instance, scope);
  const identity = identityOf(to);
  const refused = whyCommandRefused(command, facts, identity, now) !== undefined;
  if (refused && guards.refusal) return instance;
  const learned: Facts = { ...facts, ...learnCommand(command, facts, identity.podName, now) };
  return settle(to, withFacts(instance, learned, status), rules, learned.confirmed);
}

function commandOf({ kind, to, term, status, age }: Message, { guards }: Rules): ToldCommand {
  const common = { term, podUID: uidOf(to) };
  const resourceVersion = String(status?.version ?? 0);
  const run = status?.run;
  const asOf = now - onSlowClock(guards.grantsEcho ? age : 0);
  switch (kind) {
    case 'lease':
      return { kind, ...common, asOf };
    case 'promote':
      return { kind, ...common, run, asOf, resourceVersion };
    case 'follow': {
      const target = status?.target ?? to;
      return { kind, ...common, run, primary: nameOf(target), address: addressOf(target), resourceVersion };
    }
    case 'prepare':
    case 'nominate':
      return { kind, ...common };
    case 'fence':
      return { kind, ...common, run, resourceVersion };
    case 'switchover':
      throw new Error('broken invariant: a hand-over takes more than one instance');
  }
}
