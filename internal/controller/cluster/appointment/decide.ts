import { type ClusterView, reportOf } from '../view.ts';
import { bestSurvivor, richest, standing, unheardWithData } from './candidates.ts';
import { judgePrimary } from './verdict.ts';

/** One idempotent step about who is primary. A crash before, during or after it is repaired by deciding again. */
export type AppointmentStep =
  | { readonly kind: 'hold'; readonly because: string }
  /** The commit point: the only step that changes who the primary is. */
  | { readonly kind: 'appoint'; readonly pod: string; readonly term: number; readonly because: string }
  /** The appointed instance says that it takes writes in its term. */
  | { readonly kind: 'confirm'; readonly pod: string; readonly because: string };

export function decideAppointment(view: ClusterView): AppointmentStep {
  if (view.deleting) return hold('the cluster is being deleted');
  switch (view.tenure.kind) {
    case 'unreadable':
      return hold(`the tenure in status cannot be read: ${view.tenure.problem}`);
    case 'vacant':
      return appointFirst(view);
    case 'held':
      return keepOrReplace(view.tenure, view);
  }
}

/** The first primary of a cluster, or the first after its status was lost: whoever has the newest data, heard from all. */
function appointFirst(view: ClusterView): AppointmentStep {
  const [unheard] = unheardWithData(view);
  if (unheard !== undefined) return hold(`${unheard.name} may have data and has not reported yet`);
  const chosen = richest(standing(view));
  if (chosen === undefined) return hold('no instance has reported yet');
  const because = chosen.report.data.foundOnVolume ? 'it has the newest data' : 'it is the first to be ready';
  return { kind: 'appoint', pod: chosen.name, term: nextTerm(view), because };
}

function keepOrReplace(
  tenure: { readonly term: number; readonly target: string; readonly current: string | undefined },
  view: ClusterView,
): AppointmentStep {
  const verdict = judgePrimary(tenure.target, tenure.term, view);
  switch (verdict.kind) {
    case 'serving':
      return tenure.current === tenure.target
        ? hold('the primary serves')
        : { kind: 'confirm', pod: tenure.target, because: 'it takes writes in its term' };
    case 'settling':
      return hold(`the appointed primary has yet to take writes: ${verdict.because}`);
    case 'suspect':
      return hold(`the primary is suspect: ${verdict.doubt}`);
    case 'failed':
      return replace(tenure.target, verdict.evidence, view);
  }
}

/** Nobody is appointed who has less than another: in-sync survivors first, then the old primary with its own volume. */
function replace(target: string, evidence: string, view: ClusterView): AppointmentStep {
  const failure = `the primary ${target} failed (${evidence})`;
  const term = view.tenure.kind === 'held' ? view.tenure.term : 0;
  const survivor = bestSurvivor(term, target, view);
  if (survivor !== undefined)
    return appoint(survivor.name, `${failure} and it has the most of its data`, view);

  const own = reportOf(view.instances.get(target));
  if (own?.process.state !== 'running') return hold(`${failure} and no replica is proved to be in sync`);
  const [unheard] = unheardWithData(view);
  const emptied = own.data.keys === 0;
  if (emptied && unheard !== undefined) {
    return hold(`${failure}, its data set is empty and ${unheard.name} has not reported yet`);
  }
  const chosen = emptied ? richestWithData(view) : undefined;
  if (chosen !== undefined && chosen !== target) {
    return appoint(chosen, `${failure}, its data set is empty and this one is not`, view);
  }
  return appoint(target, `${failure} and nobody has newer data than its own volume`, view);
}

function richestWithData(view: ClusterView): string | undefined {
  return richest(standing(view).filter(({ report }) => report.data.keys > 0))?.name;
}

function appoint(pod: string, because: string, view: ClusterView): AppointmentStep {
  return { kind: 'appoint', pod, term: nextTerm(view), because };
}

/** Higher than every term that anybody has obeyed: an instance refuses a lower one. */
function nextTerm(view: ClusterView): number {
  const recorded = view.tenure.kind === 'held' ? view.tenure.term : 0;
  const obeyed = [...view.instances.values()].map((instance) => reportOf(instance)?.term ?? 0);
  return Math.max(recorded, ...obeyed) + 1;
}

const hold = (because: string): AppointmentStep => ({ kind: 'hold', because });
