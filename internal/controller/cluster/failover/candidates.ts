import type { InstanceReport } from '../../../control/protocol.ts';
import { type ClusterView, type HeldTenure, type InstanceView, isOfHolder, reportOf } from '../view.ts';
import { hungFor } from './policy.ts';
import { barsPod } from './user-fence.ts';

export interface Candidate {
  readonly name: string;
  readonly report: InstanceReport;
  /** Its node takes new pods: it is not about to be drained. */
  readonly schedulable: boolean;
}

/** Instances whose Redis answers, whose pod is to stay and whom the user has not fenced: all who could be appointed. */
export function standing(view: ClusterView): readonly Candidate[] {
  return answering(view).filter(
    ({ name }) => view.instances.get(name)?.pod?.deleting === false && !barsPod(view.userFence, name),
  );
}

export interface Barred {
  readonly name: string;
  readonly report: InstanceReport;
  readonly deleting: boolean;
}

/** Instances with data that may not be appointed: their pod is being deleted, or the user has fenced them. */
export function barredWithData(view: ClusterView): readonly Barred[] {
  const free = new Set(standing(view).map(({ name }) => name));
  return [...view.instances.values()].flatMap((instance) => {
    const report = reportOf(instance);
    const runs = isHeard(report) && report.data.keys > 0;
    const deleting = instance.pod?.deleting === true;
    return runs && !free.has(instance.name) ? [{ name: instance.name, report, deleting }] : [];
  });
}

/** Instances whose Redis answers. One that is to go knows as much as any other. */
export function answering(view: ClusterView): readonly Candidate[] {
  return [...view.instances.values()].flatMap((instance) => {
    const report = reportOf(instance);
    const answers = isHeard(report) && !report.fencedByUser;
    const schedulable = instance.pod?.node.schedulable !== false;
    return answers ? [{ name: instance.name, report, schedulable }] : [];
  });
}

/** What its manager says of its Redis is so: one that hangs may have taken on more since it answered last. */
const isHeard = (report: InstanceReport | undefined): report is InstanceReport =>
  report?.process.state === 'running' && (report.answeredMsAgo ?? 0) < hungFor;

/**
 * Those who were proved in sync with the primary of the tenure, as far as they answer: they have its history, and
 * nothing that it acknowledged to them is lost.
 */
export function survivors(tenure: HeldTenure, view: ClusterView): readonly Candidate[] {
  const term = termSurvived(tenure, view);
  return answering(view).filter(
    ({ name, report }) =>
      name !== tenure.target &&
      report.syncedTerm === term &&
      (tenure.lastServed === undefined || sharesHistory(tenure, report)),
  );
}

/** Its data set is a part of what the primary of the tenure had: offsets tell which of two such has more. */
export const sharesHistory = ({ lastServed }: HeldTenure, { replicationId }: InstanceReport): boolean =>
  lastServed?.replicationId === replicationId;

/**
 * Whose primary the survivors were in sync with: the tenure's own, unless nobody has served in it. That is sure where its
 * target was started anew before it wrote the term down; unless its volume has all that it had, the term that it obeyed
 * before counts, and an old snapshot on that volume wins over nobody.
 */
function termSurvived(tenure: HeldTenure, view: ClusterView): number {
  const own = reportOf(view.instances.get(tenure.target));
  const began = own === undefined || own.podUID !== tenure.targetUID || isOfHolder(own, tenure);
  if (view.policy.volumeKeepsWrites || began || own.term >= tenure.term || own.term === 0) return tenure.term;
  const followed = answering(view).some(({ report }) => report.syncedTerm >= tenure.term);
  return followed ? tenure.term : own.term;
}

/** Best first: highest offset, then a node that stays, then the name. */
export const byOffset = (candidates: readonly Candidate[]): readonly Candidate[] =>
  [...candidates].sort(
    (a, b) =>
      b.report.offset - a.report.offset ||
      Number(b.schedulable) - Number(a.schedulable) ||
      compareNames(a, b),
  );

/**
 * Who knows most among instances that all have been restarted: whoever has any data before whoever has none, since the
 * others would be emptied to match; then the highest term obeyed, the primary of that term, or of another operator, the
 * larger data set, ties by name. Offsets of different histories cannot be compared, so none is.
 */
export function richest(candidates: readonly Candidate[], former?: string): Candidate | undefined {
  return [...candidates].sort(
    (a, b) =>
      Number(hasData(b)) - Number(hasData(a)) ||
      b.report.term - a.report.term ||
      heldOffice(b.report) - heldOffice(a.report) ||
      Number(b.name === former) - Number(a.name === former) ||
      b.report.data.keys - a.report.data.keys ||
      compareNames(a, b),
  )[0];
}

/** Wanted instances that may have data and have not said so yet: nobody is chosen over their heads. */
export function unheardWithData(view: ClusterView): readonly InstanceView[] {
  return [...view.instances.values()].filter(
    (instance) => !isHeard(reportOf(instance)) && mayHoldData(instance, view),
  );
}

/**
 * Instances that have not said what they have. After a first primary each of them may have data, in memory at least:
 * one that is loading, frozen or cut off too.
 */
export const notHeard = (view: ClusterView): readonly InstanceView[] =>
  [...view.instances.values()].filter((instance) => !isHeard(reportOf(instance)));

function mayHoldData(instance: InstanceView, view: ClusterView): boolean {
  if (view.storage.type === 'emptyDir') return instance.pod?.owner === 'orphan';
  return instance.claim !== undefined && !instance.claim.madeForThisCluster;
}

export const hasData = ({ report }: Candidate): boolean => report.data.keys > 0;

const heldOffice = (report: InstanceReport): number => (report.data.lastRole === 'primary' ? 1 : 0);

const compareNames = (a: Candidate, b: Candidate): number => (a.name < b.name ? -1 : 1);
