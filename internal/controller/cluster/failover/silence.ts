import { type Duration, milliseconds } from '../../../time/units.ts';
import { type ClusterView, type HeldTenure, isOfHolder } from '../view.ts';
import { answering, type Candidate, survivors } from './candidates.ts';
import { appoint, type FailoverStep, hold, nextTerm, replaced } from './step.ts';
import { type BlockedReason, succession } from './succession.ts';

/** While a fence settles the primary is listened for this often: it may answer again. */
const listenEvery: Duration = milliseconds(500);

/**
 * What to do about a primary that nobody hears: it may go on writing where we cannot see it. Candidate first, fence
 * second; then promises, so that nothing is acknowledged to it any more; and the appointment once every proof that it
 * may have has run out.
 */
export function replaceSilent(tenure: HeldTenure, evidence: string, view: ClusterView): FailoverStep {
  const failure = `the primary ${tenure.target} is lost (${evidence})`;
  // Invariant I1. Nobody joins one who says so (healing/joining.ts): this is for whoever was there all the same.
  if (tenure.lastServed?.alone === true) {
    const because = `${failure}: it said that it knows of nobody else, so it may go on without a lease`;
    return giveUp(tenure, because, 'NoCandidate', view);
  }
  const next = succession(tenure, view);
  if (next.kind === 'none') return giveUp(tenure, `${failure}: ${next.because}`, next.reason, view);
  if (tenure.fencedFor === undefined) {
    return {
      kind: 'fence',
      pod: tenure.target,
      because: `${failure}, and ${next.candidate.name} can follow`,
    };
  }
  const term = nextTerm(next.candidate.report, view);
  const chosen = succession(tenure, view, survivors(tenure, view).filter(hasPromised(term)));
  const ready = chosen.kind === 'found' && wait(chosen.candidate, term, tenure, view) <= 0;
  const best = chosen.kind === 'found' && chosen.candidate.name === next.candidate.name;
  if (ready && (best || lateEnough(tenure, view))) {
    return appoint(chosen.candidate, `${failure} and ${chosen.because}`, view, replaced(tenure, evidence));
  }
  const unprepared = others(tenure, view).filter((one) => !hasPromised(term)(one));
  if (unprepared.length > 0) {
    const pods = unprepared.map(({ name }) => name);
    return { kind: 'prepare', pods, term, because: `${failure}: they must acknowledge nothing more to it` };
  }
  if (chosen.kind === 'none') return hold(`${failure}: ${chosen.because}`, { blocked: chosen.reason });
  const left = wait(chosen.candidate, term, tenure, view);
  const because = `${failure}: it may take writes for ${Math.ceil(left)} ms yet`;
  return hold(because, { recheckAfter: milliseconds(Math.min(left, listenEvery)), underWay: true });
}

/** A fence that leads nowhere is lifted, unless somebody has promised not to obey this term again (invariant I6). */
function giveUp(tenure: HeldTenure, because: string, reason: BlockedReason, view: ClusterView): FailoverStep {
  const promised = answering(view).some(({ report }) => (report.promise?.term ?? 0) > tenure.term);
  return tenure.fencedFor === undefined || promised
    ? hold(because, { blocked: reason })
    : { kind: 'reinstate', pod: tenure.target, because };
}

const hasPromised =
  (term: number) =>
  ({ report }: Candidate): boolean =>
    report.promise?.term === term;

/** Everybody but the primary itself, whom nobody hears; a pod that was made in its place is another, and so is a process. */
const others = (tenure: HeldTenure, view: ClusterView): readonly Candidate[] =>
  answering(view).filter(
    ({ name, report }) =>
      name !== tenure.target || report.podUID !== tenure.targetUID || !isOfHolder(report, tenure),
  );

/** How long until no proof from before the fence, or from before the candidate's promise, lets anybody write. */
function wait(
  { report }: Candidate,
  term: number,
  { fencedFor = milliseconds(0) }: HeldTenure,
  view: ClusterView,
): Duration {
  const { settling } = view.policy;
  const promisedFor = report.promise?.term === term ? report.promise.forMs : 0;
  return milliseconds(Math.max(settling - fencedFor, settling - promisedFor));
}

/** Somebody who has heard more is waited for as long again; who gives no promise in that time is left out. */
const lateEnough = ({ fencedFor = milliseconds(0) }: HeldTenure, { policy }: ClusterView): boolean =>
  fencedFor >= 2 * policy.settling;
