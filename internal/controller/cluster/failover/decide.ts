import type { InstanceReport } from '../../../control/protocol.ts';
import { type Duration, milliseconds } from '../../../time/units.ts';
import { strangersIn } from '../healing/take-over.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf, type TenureView } from '../view.ts';
import { answering, barredWithData, hasData, richest, standing, unheardWithData } from './candidates.ts';
import { replaceOffering, settleOffer } from './offer.ts';
import { hungFor, staleOffset, survivorPatience } from './policy.ts';
import { replaceSilent } from './silence.ts';
import { appoint, type FailoverStep, hold, replaced } from './step.ts';
import { succession } from './succession.ts';
import { type Evidence, isFencedByUser, judgePrimary, promisedLater } from './verdict.ts';

/** How soon a replica that is to reach the released primary's offset is looked at again: it takes it milliseconds. */
const catchUpVisit: Duration = milliseconds(50);

/** One step about who is primary, by docs/failover.md. Pure, total, and idempotent: deciding again repairs every crash. */
export function decideFailover(view: ClusterView): FailoverStep {
  if (view.deleting) return hold('the cluster is being deleted');
  switch (view.tenure.kind) {
    case 'unreadable':
      return hold(`the tenure in status cannot be read: ${view.tenure.problem}`);
    case 'vacant':
      return appointFirst(view.tenure, view);
    case 'held':
      return keepOrReplace(view.tenure, view);
  }
}

/** The first primary of a cluster, or the first after its status was lost: whoever has the newest data, heard from all. */
function appointFirst({ former }: Extract<TenureView, { kind: 'vacant' }>, view: ClusterView): FailoverStep {
  if (view.userFence.kind === 'unreadable') {
    const because = `redis.io/fencedInstances cannot be read: ${view.userFence.problem}`;
    return hold(because, { blocked: 'Fenced' });
  }
  const [stranger] = strangersIn(view);
  if (stranger !== undefined)
    return hold(`${stranger.name} was made by another operator, and may take writes`);
  const [unheard] = unheardWithData(view);
  if (unheard !== undefined) return hold(`${unheard.name} may have data and has not reported yet`);
  const chosen = richest(standing(view), former);
  if (chosen === undefined) return hold('no instance has reported yet');
  const [barred] = hasData(chosen) ? [] : barredWithData(view);
  if (barred !== undefined) return hold(`${barred.name} has data, and cannot be appointed now`);
  const because = chosen.report.data.foundOnVolume ? 'it has the newest data' : 'it is the first to be ready';
  return appoint(chosen, because, view);
}

function keepOrReplace(tenure: HeldTenure, view: ClusterView): FailoverStep {
  return settleOffer(tenure, view) ?? judge(tenure, view);
}

function judge(tenure: HeldTenure, view: ClusterView): FailoverStep {
  const verdict = judgePrimary(tenure, view);
  switch (verdict.kind) {
    case 'serving':
      return keep(tenure, view);
    case 'settling':
      return hold(`the appointed primary has yet to take writes: ${verdict.because}`);
    case 'suspect': {
      // A fence that a witness contradicts would stop writes for ever; nobody has promised to follow anybody else.
      const mistaken = verdict.doubt === 'contradicted' && tenure.fencedFor !== undefined;
      if (mistaken && !somebodyPromised(tenure, view)) return reinstate(tenure, verdict.because);
      // A brief silence is either over at once or evidence: until then it is not worth a word in the status.
      const underWay = verdict.doubt === 'brief';
      const { recheckAfter } = verdict;
      return hold(`the primary is suspect: ${verdict.because}`, { recheckAfter, underWay });
    }
    case 'failed':
      return tenure.offer === undefined
        ? replace(tenure, verdict.evidence, view)
        : replaceOffering(tenure.offer, verdict.evidence, tenure, view);
  }
}

/** The primary goes on: in its term, or in a new one where somebody has promised to obey no term as old as this. */
function keep(tenure: HeldTenure, view: ClusterView): FailoverStep {
  const { target, current, fencedFor } = tenure;
  const own = standing(view).find(({ name }) => name === target);
  // While its own term may be released for an offered one, another of its own would be a second one.
  if (somebodyPromised(tenure, view) && own !== undefined && tenure.offer === undefined) {
    return appoint(own, 'it answers, and others have promised to obey no term as old as its own', view);
  }
  if (fencedFor !== undefined) return reinstate(tenure, 'it answers again');
  if (current === target || !serves(tenure, view)) return hold('the primary serves');
  return { kind: 'confirm', pod: target, because: 'it takes writes in its term' };
}

function serves({ target, term }: HeldTenure, view: ClusterView): boolean {
  const report = reportOf(view.instances.get(target));
  return report?.role === 'primary' && report.term === term;
}

const somebodyPromised = ({ term }: HeldTenure, view: ClusterView): boolean =>
  answering(view).some(({ report }) => promisedLater(report, term));

const reinstate = ({ target }: HeldTenure, because: string): FailoverStep => ({
  kind: 'reinstate',
  pod: target,
  because,
});

function replace(tenure: HeldTenure, evidence: Evidence, view: ClusterView): FailoverStep {
  switch (evidence.kind) {
    case 'dead':
      return replaceDead(tenure, evidence.words, view);
    case 'released':
      return replaceReleased(tenure, evidence.words, view);
    case 'refusing':
      return fenceRefusing(tenure, evidence.words, view);
    case 'silent':
      return replaceSilent(tenure, evidence.words, view);
  }
}

/** First-hand evidence: appointed at once, but for a moment's patience with a survivor that may have heard more. */
function replaceDead(tenure: HeldTenure, evidence: string, view: ClusterView): FailoverStep {
  const failure = `the primary ${tenure.target} failed (${evidence})`;
  const [missing] = awaitedSurvivors(tenure, view);
  if (missing !== undefined) {
    const because = `${failure}, and ${missing.name}, which may be further than others, ${missing.because}`;
    return hold(because, { recheckAfter: missing.recheckAfter, underWay: true });
  }
  const next = succession(tenure, view);
  if (next.kind === 'none') return hold(`${failure}: ${next.because}`, { blocked: next.reason });
  return appoint(next.candidate, `${failure} and ${next.because}`, view, replaced(tenure, evidence));
}

interface Awaited {
  readonly name: string;
  readonly because: string;
  readonly recheckAfter: Duration;
}

/**
 * Those who do not answer just now and may have heard more than all who do: they were in sync, or an operator that has
 * only begun has yet to hear of them. One whose manager answers and whose redis-server does not tells an old offset. And
 * one that has not seen the end of the stream yet may still receive what was on its way: it sees it within a millisecond, unless the
 * node of the dead is gone with it. So may one that was being sent the whole data set, which counts where nobody has any.
 */
function awaitedSurvivors(tenure: HeldTenure, view: ClusterView): readonly Awaited[] {
  const others = [...view.instances.values()].filter(({ name }) => name !== tenure.target);
  return others.flatMap((instance): readonly Awaited[] => {
    const { name, missedFor } = instance;
    const silent = instance.sighting.kind === 'silent' && mayBeInSync(instance, tenure);
    if (silent && missedFor < survivorPatience)
      return [{ name, because: unanswering, recheckAfter: milliseconds(survivorPatience - missedFor) }];
    const report = reportOf(instance);
    if (tellsOldOffset(report, tenure)) return [{ name, because: unanswering, recheckAfter: catchUpVisit }];
    if (mayReceive(report, tenure))
      return [{ name, because: 'has yet to see its stream end', recheckAfter: catchUpVisit }];
    return mayTakeOver(report, tenure, view)
      ? [{ name, because: 'is taking over its data set', recheckAfter: catchUpVisit }]
      : [];
  });
}

/** All of the data set may lie in its socket already: where nobody else has any of it, it is the last one that can have it. */
function mayTakeOver(report: InstanceReport | undefined, tenure: HeldTenure, view: ClusterView): boolean {
  if (report?.upstream?.syncInProgress !== true || report.upstream.pod !== tenure.target) return false;
  return tenure.failingFor < survivorPatience && !standing(view).some(hasData);
}

const unanswering = 'does not answer';

function mayReceive(report: InstanceReport | undefined, tenure: HeldTenure): boolean {
  if (!isInSync(report, tenure) || tenure.failingFor >= survivorPatience) return false;
  return report.upstream?.linkUp === true && report.upstream.pod === tenure.target;
}

function tellsOldOffset(report: InstanceReport | undefined, tenure: HeldTenure): boolean {
  if (!isInSync(report, tenure)) return false;
  const { answeredMsAgo = 0 } = report;
  return answeredMsAgo >= staleOffset && answeredMsAgo < hungFor;
}

function mayBeInSync({ lastReport, pod }: InstanceView, tenure: HeldTenure): boolean {
  return lastReport === undefined || lastReport.podUID !== pod?.uid || isInSync(lastReport, tenure);
}

/** Its Redis runs, and was proved in sync with the primary of the tenure. */
const isInSync = (report: InstanceReport | undefined, { term }: HeldTenure): report is InstanceReport =>
  report?.process.state === 'running' && report.syncedTerm === term;

/** It takes no writes any more, so its offset stands still: a replica may yet reach it before it takes over. */
function replaceReleased(tenure: HeldTenure, evidence: string, view: ClusterView): FailoverStep {
  const failure = `the primary ${tenure.target} has stopped taking writes (${evidence})`;
  const next = succession(tenure, view);
  const own = reportOf(view.instances.get(tenure.target));
  if (next.kind === 'none') {
    const because = `${failure}: ${next.because}`;
    const barred = own !== undefined && isFencedByUser(own, view);
    return barred ? hold(because, { blocked: next.reason }) : reinstate(tenure, because);
  }
  const released = own?.offset ?? 0;
  const waits = (tenure.fencedFor ?? 0) < view.policy.settling;
  if (next.candidate.report.offset < released && waits) {
    const because = `${failure}, and ${next.candidate.name} has yet to reach its offset`;
    return hold(because, { recheckAfter: catchUpVisit, underWay: true });
  }
  return appoint(next.candidate, `${failure} and ${next.because}`, view, replaced(tenure, evidence));
}

/** Fenced only if somebody who takes writes could follow. */
function fenceRefusing(tenure: HeldTenure, evidence: string, view: ClusterView): FailoverStep {
  const next = succession(tenure, view);
  if (next.kind === 'none') return hold(`${evidence}; ${next.because}`);
  const { name, report } = next.candidate;
  if (report.writesRefused !== undefined) return hold(`${evidence}; ${name} refuses them too`);
  return { kind: 'fence', pod: tenure.target, because: `${evidence}, and ${name} can follow` };
}
