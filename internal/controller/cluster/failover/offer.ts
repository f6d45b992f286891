import type { InstanceReport } from '../../../control/protocol.ts';
import { milliseconds } from '../../../time/units.ts';
import type { Offer } from '../tenure.ts';
import { type ClusterView, type HeldTenure, isOfHolder, reportOf } from '../view.ts';
import { standing } from './candidates.ts';
import { replaceSilent } from './silence.ts';
import { type Appoint, appoint, type FailoverStep, hold, nextTerm } from './step.ts';
import { barsPod } from './user-fence.ts';
import type { Evidence } from './verdict.ts';

/**
 * What becomes of a planned hand-over that is on record (docs/switchover.md), once the primary has released its term, or the one
 * it is offered to has taken writes: then it is to be completed, and never recalled. Undefined before that.
 */
export function settleOffer(tenure: HeldTenure, view: ClusterView): FailoverStep | undefined {
  const { offer } = tenure;
  if (offer === undefined) return undefined;
  const candidate = offeredTo(offer, view);
  const released = hasReleasedFor(offer, tenure, view);
  const mayFollow = released && !barsPod(view.userFence, offer.pod);
  if (candidate !== undefined && (mayFollow || leadsIn(offer.term, candidate))) {
    return complete(candidate, offer, tenure, view);
  }
  return released ? takeBack(offer, tenure, view) : undefined;
}

/**
 * A primary fails that was to hand over. One that answers promises first that it will not. Of any other nobody knows whether it
 * has released its term, and the one it was offered to may take writes unseen: the fence stops that one as well.
 */
export function replaceOffering(
  offer: Offer,
  { kind, words }: Evidence,
  tenure: HeldTenure,
  view: ClusterView,
): FailoverStep {
  return kind === 'dead' || kind === 'silent'
    ? replaceSilent(tenure, words, view)
    : hold(`${words}; that it was to hand over to ${offer.pod} is recalled first`);
}

/** The very process that the term is offered to, as far as it runs. */
function offeredTo({ pod, podUID, run }: Offer, view: ClusterView): InstanceReport | undefined {
  const report = reportOf(view.instances.get(pod));
  const isIt = report?.podUID === podUID && report?.process.run === run;
  return isIt && report?.process.state === 'running' ? report : undefined;
}

const leadsIn = (term: number, { term: obeyed, data }: InstanceReport): boolean =>
  obeyed === term && data.lastRole === 'primary';

function hasReleasedFor({ term }: Offer, tenure: HeldTenure, view: ClusterView): boolean {
  const report = reportOf(view.instances.get(tenure.target));
  return report?.released?.handover === term && report.term === tenure.term && isOfHolder(report, tenure);
}

/** What may have happened already is recorded as it is; in a later term only where somebody would not obey that one. */
function complete(
  report: InstanceReport,
  { term, pod, because }: Offer,
  { target }: HeldTenure,
  view: ClusterView,
): Appoint {
  const { to, answered } = view.request;
  const later = appoint({ name: pod, report }, `${target} has handed over to ${pod}`, view);
  const all = [...view.instances.values()].flatMap((instance) => reportOf(instance) ?? []);
  const isObeyed = all.every(({ term: obeyed, promise }) => Math.max(obeyed, promise?.term ?? 0) <= term);
  return {
    ...later,
    term: isObeyed ? term : later.term,
    switchover: {
      from: target,
      because: because ?? 'a hand-over was begun',
      requested: to === pod && !answered ? to : undefined,
    },
  };
}

/** Whoever has released its term for one that is lost goes on in a later one, once that one surely takes no writes. */
function takeBack(offer: Offer, tenure: HeldTenure, view: ClusterView): FailoverStep {
  const { target, fencedFor } = tenure;
  const failure = `${target} has handed over to ${offer.pod}, which cannot take over`;
  const own = standing(view).find(({ name }) => name === target);
  if (own === undefined) return withoutBoth(tenure, failure, view);
  if (fencedFor === undefined) {
    return { kind: 'fence', pod: target, because: `${failure}, and ${target} can go on` };
  }
  const term = nextTerm(own.report, view);
  const left = milliseconds(view.policy.settling - fencedFor);
  if (left > 0) return hold(`${failure}: it may take writes yet`, { recheckAfter: left, underWay: true });
  return promisesOf(offer, term, view) ?? appoint(own, `${failure}, and it has all data`, view);
}

/** The old primary is not to go on either: what it has released it never takes up again, so a fence changes nothing for it. */
function withoutBoth(tenure: HeldTenure, failure: string, view: ClusterView): FailoverStep {
  const step = replaceSilent(tenure, failure, view);
  return step.kind === 'reinstate' ? hold(step.because, { blocked: 'NoCandidate' }) : step;
}

/** The one it was offered to, where it answers: it must obey nothing older. */
function promisesOf(offer: Offer, term: number, view: ClusterView): FailoverStep | undefined {
  const report = reportOf(view.instances.get(offer.pod));
  if (report?.process.state !== 'running' || report.promise?.term === term) return undefined;
  const because = `${offer.pod} must take no writes in term ${offer.term}`;
  return { kind: 'prepare', pods: [offer.pod], term, because };
}
