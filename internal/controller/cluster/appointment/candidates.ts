import type { InstanceReport } from '../../../control/protocol.ts';
import { type ClusterView, type InstanceView, reportOf } from '../view.ts';

export interface Candidate {
  readonly name: string;
  readonly report: InstanceReport;
}

/** Instances whose Redis answers and whose pod is to stay: everyone who could be asked to take writes. */
export function standing(view: ClusterView): readonly Candidate[] {
  return [...view.instances.values()].flatMap((instance) => {
    const report = reportOf(instance);
    const able = report?.process.state === 'running' && instance.pod?.deleting === false;
    return able ? [{ name: instance.name, report }] : [];
  });
}

/**
 * The survivor that may follow on the primary of `term` with nothing lost but what was never streamed: proved in sync
 * in that term, highest offset, ties by name.
 */
export function bestSurvivor(term: number, besides: string, view: ClusterView): Candidate | undefined {
  return standing(view)
    .filter(({ name, report }) => name !== besides && report.syncedTerm === term)
    .sort((a, b) => b.report.offset - a.report.offset || compareNames(a, b))[0];
}

/**
 * Who knows most among instances that all have been restarted: whoever has any data before whoever has none, since the
 * others would be emptied to match; then the highest term obeyed, the primary of that term, the larger data set, ties by
 * name. Offsets of different histories cannot be compared, so none is.
 */
export function richest(candidates: readonly Candidate[]): Candidate | undefined {
  return [...candidates].sort(
    (a, b) =>
      hasData(b.report) - hasData(a.report) ||
      b.report.term - a.report.term ||
      heldOffice(b.report) - heldOffice(a.report) ||
      b.report.data.keys - a.report.data.keys ||
      compareNames(a, b),
  )[0];
}

/** Wanted instances that may have data and have not said so yet: nobody is chosen over their heads. */
export function unheardWithData(view: ClusterView): readonly InstanceView[] {
  return [...view.instances.values()].filter(
    (instance) => reportOf(instance)?.process.state !== 'running' && mayHoldData(instance, view),
  );
}

function mayHoldData(instance: InstanceView, view: ClusterView): boolean {
  if (view.storage.type === 'emptyDir') return instance.pod?.owner === 'orphan';
  return instance.claim !== undefined && !instance.claim.madeForThisCluster;
}

const hasData = (report: InstanceReport): number => (report.data.keys > 0 ? 1 : 0);

const heldOffice = (report: InstanceReport): number => (report.data.lastRole === 'primary' ? 1 : 0);

const compareNames = (a: Candidate, b: Candidate): number => (a.name < b.name ? -1 : 1);
