import type { Moment } from '../time/units.ts';
import type { ReceivedCommand } from './commands.ts';
import { whyOfAnotherProcess } from './decide.ts';
import type { ClusterFacts, Facts } from './facts.ts';
import { recordOf } from './record.ts';
import type { Identity } from './report.ts';
import { isOlder } from './resource-version.ts';
import { isPromise, sameTenure, type Tenure } from './tenure.ts';
import { tenureIn } from './told-tenure.ts';
import { whyNotReplaced } from './upgrade/refuse.ts';
import { isAlone, releaseInForce } from './view.ts';

/**
 * Why a command is none to obey, in words; undefined when it is. A refused command has changed nothing. One that was sent
 * long ago, or twice, is refused by its term or its resourceVersion, or proves nothing by its `asOf`.
 */
export function whyCommandRefused(
  command: ReceivedCommand,
  facts: Facts,
  self: Identity,
  now: Moment,
): string | undefined {
  if (command.podUID !== self.podUID) {
    return `it is for the pod with UID ${command.podUID}, and this one's is ${self.podUID}`;
  }
  const older = whyTooOld(command.term, facts);
  if (older !== undefined) return older;
  if ((command.kind === 'lease' || command.kind === 'promote') && command.asOf > now) {
    return `asOf ${command.asOf} lies in the future of this instance's clock, which says ${now}`;
  }
  return whyNotNow(command, facts, self.podName);
}

function whyTooOld(term: number, { stored, process, promiseAsked }: Facts): string | undefined {
  if (stored.kind === 'unreadable' && !(process.bootTerm !== undefined && term > process.bootTerm)) {
    return `the record on the volume is unreadable, so term ${term} may be too old`;
  }
  const obeyed = Math.max(recordOf(stored).term, promiseAsked ?? 0);
  return term < obeyed
    ? `term ${term} is older than term ${obeyed}, which was obeyed or promised`
    : undefined;
}

function whyNotNow(command: ReceivedCommand, facts: Facts, self: string): string | undefined {
  const { term } = command;
  switch (command.kind) {
    case 'lease':
      return whyNotHeld(term, facts, self);
    case 'prepare':
      return whyNotPromised(term, facts);
    case 'nominate':
      return whyNotNominated(term, facts);
    case 'promote':
      return (
        whyNotPrimary(tenureIn(command, self), facts, self) ??
        whyOutdated(facts.cluster, tenureIn(command, self), command.resourceVersion)
      );
    case 'follow':
      return command.primary === self
        ? 'an instance does not follow itself'
        : whyOutdated(facts.cluster, tenureIn(command, self), command.resourceVersion);
    case 'switchover':
      return whyNotHeld(term, facts, self) ?? whyNotHandedOver(command, facts, self);
    case 'recall':
      return whyNotOfTenure(term, facts, self) ?? whyNotRecalled(command, facts);
    case 'fence':
      return whyOutdated(facts.cluster, tenureIn(command, self), command.resourceVersion);
    case 'upgrade':
      return whyOfAnotherTerm(term, facts) ?? whyNotReplaced(facts);
  }
}

const whyOfAnotherTerm = (term: number, { stored }: Facts): string | undefined =>
  recordOf(stored).term === term ? undefined : `it serves term ${recordOf(stored).term}`;

/** A lease is granted only for the term that this instance holds as its primary. */
const whyNotHeld = (term: number, facts: Facts, self: string): string | undefined =>
  facts.cluster?.tenure?.fenced === true
    ? `the primary of term ${term} is fenced`
    : whyNotOfTenure(term, facts, self);

/** The process that holds the tenure of that term, fenced or not: what another one before it has done nobody knows. */
function whyNotOfTenure(term: number, { stored, cluster, process }: Facts, self: string): string | undefined {
  const tenure = cluster?.tenure;
  const record = recordOf(stored);
  if (record.term !== term || record.role !== 'primary') return `it is not the primary of term ${term}`;
  if (tenure?.term !== term || tenure.primary !== self)
    return `the tenure it knows is not that of term ${term}`;
  const alone = isAlone(self, cluster);
  return alone ? undefined : whyOfAnotherProcess(tenure, { ...process, alone });
}

function whyNotHandedOver(
  { candidate, handover, term }: ReceivedCommand & { readonly kind: 'switchover' },
  { recalled = 0, stopping, fencedByUser }: Facts,
  self: string,
): string | undefined {
  if (candidate === self) return 'an instance does not hand over to itself';
  if (handover <= term) return `term ${handover} does not come after term ${term}`;
  if (handover <= recalled) return `term ${handover} was recalled: this instance has promised to go on`;
  return stopping || fencedByUser ? 'it is being stopped' : undefined;
}

/** Whoever has released its term, or is about to, cannot promise that it will not. */
function whyNotRecalled(
  { handover }: ReceivedCommand & { readonly kind: 'recall' },
  facts: Facts,
): string | undefined {
  if (facts.handingOver) return 'it is handing over just now';
  const release = releaseInForce(facts);
  return release !== undefined && release.handover <= handover
    ? `it has handed over to ${release.candidate} in term ${release.handover}`
    : undefined;
}

function whyNotPromised(term: number, { stored, cluster }: Facts): string | undefined {
  const record = recordOf(stored);
  const known = cluster?.tenure?.term ?? 0;
  if (term <= known) return `term ${term} has an owner already`;
  return record.term < term || isPromise(record) ? undefined : `term ${term} was obeyed already`;
}

function whyNotNominated(term: number, { stored, cluster }: Facts): string | undefined {
  const record = recordOf(stored);
  if (term <= (cluster?.tenure?.term ?? 0)) return `term ${term} has an owner already`;
  if (term <= record.term) return `term ${term} was obeyed already`;
  return record.role === 'replica' ? undefined : 'it is no replica';
}

function whyNotPrimary(
  tenure: Tenure,
  { stored, process, cluster }: Facts,
  self: string,
): string | undefined {
  const { term, run } = tenure;
  const record = recordOf(stored);
  if (record.term === term && record.role === 'replica') return `it served term ${term} as a replica`;
  // Whose boot term is not known yet may learn it while the command waits to be carried out.
  const mayTell = run !== undefined || process.bootTerm !== undefined;
  return mayTell ? whyOfAnotherProcess(tenure, { ...process, alone: isAlone(self, cluster) }) : undefined;
}

/** What is known of the RedisCluster already must not be newer, unless it says the same. */
function whyOutdated(
  cluster: ClusterFacts | undefined,
  tenure: Tenure,
  resourceVersion: string,
): string | undefined {
  if (cluster === undefined) return 'the RedisCluster has not been read yet';
  const { tenure: known } = cluster;
  if (known === undefined || sameTenure(known, tenure)) return undefined;
  if (known.term > tenure.term) return `term ${tenure.term} is over: term ${known.term} is known`;
  if (known.term === tenure.term && known.primary !== tenure.primary) {
    return `the primary of term ${known.term} is ${known.primary}`;
  }
  return isOlder(resourceVersion, cluster.resourceVersion)
    ? `resourceVersion ${resourceVersion} is older than ${cluster.resourceVersion}, which is known`
    : undefined;
}
