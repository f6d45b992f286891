import { type Duration, milliseconds, seconds } from '../../../time/units.ts';
import { type Appoint, type FailoverStep, type Handover, nextTerm } from '../failover/step.ts';
import { isAlone, judgePrimary } from '../failover/verdict.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf } from '../view.ts';
import { type Choice, choose } from './candidates.ts';
import { firstWish, type Wish } from './reasons.ts';

/** What is to be done about a primary that serves, and could hand over. */
export type SwitchoverStep =
  | { readonly kind: 'none' }
  /** Ask it to release its term; then, and only then, `appoint`. */
  | { readonly kind: 'handOver'; readonly wish: Wish; readonly address: string; readonly appoint: Appoint }
  /** The user's request cannot be carried out: it is answered, and the primary goes on. */
  | { readonly kind: 'refuse'; readonly wish: Wish; readonly because: string }
  /** It cannot be carried out now, and is when it can. */
  | { readonly kind: 'wait'; readonly because: string; readonly recheckAfter: Duration | undefined }
  /** It is carried out once the nodes' proxies take in a change at once: within moments, so nobody is told of it. */
  | { readonly kind: 'rest'; readonly because: string; readonly recheckAfter: Duration }
  /** It has released its term for somebody who is not to be appointed any more: a newer record makes it go on. */
  | { readonly kind: 'recall'; readonly because: string };

/**
 * After a hand-over that was refused the next one is asked for no sooner: clients have waited for nothing. A primary that is
 * to be stopped waits for ten seconds; where nothing is urgent, each refusal costs a write of the status.
 */
const handoverRetry: { readonly urgent: Duration; readonly calm: Duration } = {
  urgent: seconds(2),
  calm: seconds(60),
};

/**
 * How long a request waits for an instance that could not take over at once. One that is made anew on its volume is ready and
 * in sync after some seconds, with its image to be pulled after some tens. Whoever asked still looks on then; a primary that
 * moves much later moves when nobody expects it.
 */
const requestHolds: Duration = seconds(60);

/**
 * A failover goes first: only a primary that serves hands over, or one that has released its term already, which was asked
 * for before whoever asked was cut off. Pure, total and idempotent, as decideFailover is.
 */
export function decideSwitchover(view: ClusterView, failover: FailoverStep): SwitchoverStep {
  const { tenure } = view;
  if (tenure.kind !== 'held' || view.deleting || isAlone(view)) return nothing;
  const released = hasReleased(tenure, view);
  if (!released && !isSettled(tenure, view)) return nothing;
  if (!isCalm(failover)) return nothing;
  const wish = firstWish(tenure, view);
  if (wish === undefined) return released ? recall('nothing asks for a switchover any more') : nothing;
  const choice = choose(wish, tenure, view);
  if (choice.kind === 'none') return unfulfilled(wish, choice, released, { view, failover });
  const left = patienceLeft(wish, view);
  if (left <= 0) return restOf(wish, released, view) ?? handOver(choice.instance, wish, tenure, view);
  if (released) return recall('the last hand-over came to nothing');
  return { kind: 'wait', because: `${wish.because}; the last hand-over was refused`, recheckAfter: left };
}

const isCalm = (failover: FailoverStep): boolean =>
  failover.kind === 'hold' && !failover.underWay && failover.blocked === undefined;

/** Whoever has released its term takes no writes: for clients nothing is gained by waiting then. */
function restOf(
  { because }: Wish,
  released: boolean,
  { proxiesBusyFor: rest }: ClusterView,
): SwitchoverStep | undefined {
  if (rest <= 0 || released) return undefined;
  return {
    kind: 'rest',
    because: `${because}, once the nodes' proxies take it in at once`,
    recheckAfter: rest,
  };
}

/** What the user asks for is answered at the first attempt, so there is nothing to wait for. */
function patienceLeft(wish: Wish, { request: { refusedAgo } }: ClusterView): Duration {
  if (refusedAgo === undefined || wish.requested !== undefined) return milliseconds(0);
  return milliseconds((wish.calmOnly ? handoverRetry.calm : handoverRetry.urgent) - refusedAgo);
}

function handOver(instance: InstanceView, wish: Wish, tenure: HeldTenure, view: ClusterView): SwitchoverStep {
  const [report, address] = [reportOf(instance), instance.pod?.ip];
  if (report === undefined || address === undefined) return nothing;
  const because = `${wish.because}, and ${instance.name} is in sync`;
  const switchover: Handover = { from: tenure.target, because: wish.because, requested: wish.requested };
  const appoint: Appoint = {
    kind: 'appoint',
    pod: instance.name,
    podUID: report.podUID,
    run: report.process.run,
    term: nextTerm(report, view),
    because,
    failover: undefined,
    switchover,
  };
  return { kind: 'handOver', wish, address, appoint };
}

const nothing: SwitchoverStep = { kind: 'none' };
const recall = (because: string): SwitchoverStep => ({ kind: 'recall', because });

interface Deciding {
  readonly view: ClusterView;
  readonly failover: FailoverStep;
}

/** What cannot be done now is done when it can; what the user asks for has its time, and is answered then. */
function unfulfilled(
  wish: Wish,
  { because, lasting }: Choice & { readonly kind: 'none' },
  released: boolean,
  { view, failover }: Deciding,
): SwitchoverStep {
  const left = milliseconds(requestHolds - view.request.askedFor);
  const isRequest = wish.requested !== undefined;
  if (isRequest && (lasting || left <= 0)) return { kind: 'refuse', wish, because };
  const instead = isRequest ? decideSwitchover(withoutRequest(view), failover) : nothing;
  if (instead.kind === 'handOver' || instead.kind === 'rest') return instead;
  if (released) return recall(because);
  const recheckAfter = isRequest ? left : undefined;
  return { kind: 'wait', because: `${wish.because}; ${because}`, recheckAfter };
}

/** While a request waits, whatever else wants a switchover does not: a primary that is being stopped has ten seconds. */
const withoutRequest = (view: ClusterView): ClusterView => ({
  ...view,
  request: { ...view.request, to: undefined },
});

/** It takes writes in its term; a fence, or a confirmation that is missing yet, is a matter of failover. */
function isSettled(tenure: HeldTenure, view: ClusterView): boolean {
  const report = reportOf(view.instances.get(tenure.target));
  const serves = report?.role === 'primary' && judgePrimary(tenure, view).kind === 'serving';
  return isItself(tenure, view) && serves;
}

/** It has closed its gate to hand over, and stays so until there is a newer record. */
function hasReleased(tenure: HeldTenure, view: ClusterView): boolean {
  const report = reportOf(view.instances.get(tenure.target));
  return isItself(tenure, view) && report?.released !== undefined;
}

function isItself(tenure: HeldTenure, view: ClusterView): boolean {
  const report = reportOf(view.instances.get(tenure.target));
  const sameTerm = report?.term === tenure.term && report.process.state === 'running';
  const samePod = tenure.targetUID === undefined || report?.podUID === tenure.targetUID;
  return sameTerm && samePod;
}
