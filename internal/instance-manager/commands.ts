import type {
  Command,
  FenceCommand,
  FollowCommand,
  InstanceReport,
  LeaseCommand,
  PromoteCommand,
  RecallCommand,
  SwitchoverCommand,
  UpgradeCommand,
} from '../control/protocol.ts';
import { describeError } from '../errors.ts';
import { type Moment, milliseconds, moment } from '../time/units.ts';
import { followsSomebody, isWritable } from './decide.ts';
import type { ClusterFacts, Facts, FactsCell } from './facts.ts';
import { handOver } from './hand-over.ts';
import { hearCluster, takeReading } from './learn.ts';
import { laterProof } from './lease.ts';
import { nominated } from './nomination.ts';
import type { Ports } from './ports.ts';
import { recordOf } from './record.ts';
import { whyCommandRefused } from './refuse.ts';
import { reportOf } from './report.ts';
import { sameTenure, type Tenure } from './tenure.ts';
import { tenureIn } from './told-tenure.ts';
import { untilTrue } from './until.ts';

/** A command that tells what was recorded, or is about to be, or what is not to be. */
export type ToldCommand =
  | ({ readonly kind: 'lease' } & LeaseCommand)
  | ({ readonly kind: 'prepare' } & Command)
  | ({ readonly kind: 'nominate' } & Command)
  | ({ readonly kind: 'promote' } & PromoteCommand)
  | ({ readonly kind: 'follow' } & FollowCommand)
  | ({ readonly kind: 'fence' } & FenceCommand)
  | ({ readonly kind: 'recall' } & RecallCommand);

type Handover = { readonly kind: 'switchover' } & SwitchoverCommand;

/** What it takes besides comes after it, see upgrade/. */
export type Upgrade = { readonly kind: 'upgrade' } & UpgradeCommand;

/** A command about who is primary. */
export type RoleCommand = ToldCommand | Handover;

/** A command of the operator, see docs/failover.md. */
export type ReceivedCommand = RoleCommand | Upgrade;

export type Obeyed =
  | { readonly kind: 'done'; readonly report: InstanceReport }
  | { readonly kind: 'refused'; readonly why: string };

/** What became of a binary. `unfit`: it would be refused again, whatever this instance is doing then. */
export type TakenIn = Obeyed | { readonly kind: 'unfit'; readonly why: string };

/** The operator waits half a second; what takes longer is done all the same, and seen in a later report. */
const obeyLimit = milliseconds(400);

/**
 * Obeys one command: what it tells becomes a fact, and the role loop does what follows from that, as if the instance had
 * found it out by itself. Resolves once that is done, or with the reason why not, after `obeyLimit` at the latest.
 */
export async function obeyCommand(
  command: RoleCommand,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<Obeyed> {
  const { clock, identity } = ports;
  const why = whyCommandRefused(command, cell.current, identity, clock.monotonic());
  if (why !== undefined) return { kind: 'refused', why };
  if (command.kind === 'switchover') return await obeyHandover(command, ports, cell, signal);
  cell.change(learnCommand(command, cell.current, identity.podName, clock.monotonic()));
  const done =
    isDone(command, cell.current) ||
    (await untilTrue((facts) => isDone(command, facts), cell, clock.deadline(obeyLimit, signal)));
  if (!done) return { kind: 'refused', why: `not done within ${obeyLimit} ms: ${cell.current.because}` };
  return { kind: 'done', report: reportOf(identity, cell.current, clock.monotonic()) };
}

/** Takes longer than other commands: the operator waits for it. A doubt is a refusal, and leaves the primary as it was. */
async function obeyHandover(
  command: Handover,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<Obeyed> {
  try {
    await handOver(command, ports, cell, signal);
  } catch (failure) {
    const why = describeError(failure);
    ports.log.warn('the term is not released, and this primary goes on', {
      candidate: command.candidate,
      because: why,
    });
    return { kind: 'refused', why };
  }
  return { kind: 'done', report: reportOf(ports.identity, cell.current, ports.clock.monotonic()) };
}

/** What is known once the command has been heard. */
export function learnCommand(command: ToldCommand, facts: Facts, self: string, now: Moment): Partial<Facts> {
  const { term } = command;
  switch (command.kind) {
    case 'lease': {
      const proof = { kind: 'grant', term, at: moment(command.asOf) } as const;
      return { proof: laterProof(facts.proof, proof) };
    }
    case 'prepare':
      return { promiseAsked: Math.max(term, facts.promiseAsked ?? 0) };
    case 'nominate':
      return { nomination: nominated(term, now) };
    case 'promote': {
      const recorded = told(facts, tenureIn(command, self), command.resourceVersion);
      const cluster = recorded === undefined ? undefined : amongOthers(recorded, command.instances);
      return takeReading(facts, self, { kind: 'grant', at: moment(command.asOf), cluster });
    }
    case 'follow': {
      const { primary, address, resourceVersion } = command;
      const cluster = told(facts, tenureIn(command, self), resourceVersion);
      const addresses = new Map(cluster?.addresses).set(primary, address);
      return cluster === undefined ? {} : hearCluster(facts, { ...cluster, addresses });
    }
    case 'fence': {
      const cluster = told(facts, tenureIn(command, self), command.resourceVersion);
      return cluster === undefined ? {} : hearCluster(facts, cluster);
    }
    case 'recall':
      return { recalled: Math.max(command.handover, facts.recalled ?? 0) };
  }
}

/** The RedisCluster as it is after the write that the command tells of, unless that is known; the watch brings the rest. */
function told({ cluster }: Facts, tenure: Tenure, resourceVersion: string): Facts['cluster'] {
  if (cluster === undefined) return undefined;
  const isKnown = cluster.tenure !== undefined && sameTenure(cluster.tenure, tenure);
  return isKnown ? cluster : { ...cluster, tenure, resourceVersion };
}

/** Whoever is appointed among others must not believe, by what it read before, that it is alone and needs no lease. */
const amongOthers = (known: ClusterFacts, instances = 1): ClusterFacts =>
  instances <= known.instances ? known : { ...known, instances };

function isDone(command: ToldCommand, { stored, redis }: Facts): boolean {
  if (redis === undefined) return isOnlyHeard(command);
  const { term, role } = recordOf(stored);
  const isOf = term === command.term;
  switch (command.kind) {
    case 'lease':
    case 'nominate':
    case 'recall':
      return isOnlyHeard(command);
    case 'prepare':
      return isOf && role === undefined && !isWritable(redis) && !followsSomebody(redis);
    case 'promote':
      return isOf && role === 'primary' && isWritable(redis);
    case 'follow':
      return isOf && role === 'replica' && redis.follows?.host === command.address;
    case 'fence':
      return !isWritable(redis);
  }
}

/** Nobody waits for what it brings about. */
const isOnlyHeard = ({ kind }: ToldCommand): boolean =>
  kind === 'lease' || kind === 'nominate' || kind === 'recall';
