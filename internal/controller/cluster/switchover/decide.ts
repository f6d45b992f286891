import { type Duration, milliseconds, seconds } from '../../../time/units.ts';
import { type Appoint, appoint, type FailoverStep, type Handover } from '../failover/step.ts';
import { isAlone, judgePrimary } from '../failover/verdict.ts';
import type { Offer } from '../tenure.ts';
import { type ClusterView, type HeldTenure, type InstanceView, isOfHolder, reportOf } from '../view.ts';
import { type Choice, choose } from './candidates.ts';
import { firstWish, type Wish } from './reasons.ts';

/** What is to be done about a primary that serves, and could hand over. */
export type SwitchoverStep =
  | { readonly kind: 'none' }
  /** Offer the term on record, unless that is done; ask the primary to release its own; then, and only then, `appoint`. */
  | {
      readonly kind: 'handOver';
      readonly wish: Wish;
      readonly address: string;
      readonly appoint: Appoint;
      readonly isOffered: boolean;
    }
  /** The user's request cannot be carried out: it is answered, and the primary goes on. */
  | { readonly kind: 'refuse'; readonly wish: Wish; readonly because: string }
  /** It cannot be carried out now, and is when it can. */
  | { readonly kind: 'wait'; readonly because: string; readonly recheckAfter: Duration | undefined }
  /** It is carried out once the nodes' proxies take in a change at once: within moments, so nobody is told of it. */
  | { readonly kind: 'rest'; readonly because: string; readonly recheckAfter: Duration }
  /** Once the primary has promised not to hand over to whom it was to any more, that is taken off the record. */
  | { readonly kind: 'recall'; readonly offer: Offer; readonly because: string };

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
 * A failover goes first: only a primary that serves hands over. What is on record already is gone through with, or recalled;
 * once the primary has released its term it is a matter of failover. Pure, total and idempotent, as decideFailover is.
 */
export function decideSwitchover(view: ClusterView, failover: FailoverStep): SwitchoverStep {
  const { tenure } = view;
  if (tenure.kind !== 'held' || view.deleting || isAlone(view) || !isCalm(failover)) return nothing;
  const wish = isSettled(tenure, view) ? firstWish(tenure, view) : undefined;
  if (tenure.offer !== undefined) return goThrough(tenure.offer, wish, tenure, view);
  if (wish === undefined) return nothing;
  const choice = choose(wish, tenure, view);
  if (choice.kind === 'none') return unfulfilled(wish, choice, { view, failover });
  const left = patienceLeft(wish, view);
  if (left <= 0) return restOf(wish, view) ?? handOver(choice.instance, wish, tenure, view);
  return { kind: 'wait', because: `${wish.because}; the last hand-over was refused`, recheckAfter: left };
}

/** Somebody has begun it, and did not come to its end. */
function goThrough(
  offer: Offer,
  wish: Wish | undefined,
  tenure: HeldTenure,
  view: ClusterView,
): SwitchoverStep {
  if (!isItself(tenure, view)) return nothing;
  if (wish === undefined) return recall(offer, 'nothing asks for a switchover any more');
  const { refusedAgo } = view.request;
  if (refusedAgo !== undefined && refusedAgo < handoverRetry.urgent) {
    return recall(offer, 'the last hand-over came to nothing');
  }
  const choice = choose(wish, tenure, view);
  if (choice.kind === 'none') return recall(offer, choice.because);
  const { name, pod } = choice.instance;
  const run = reportOf(choice.instance)?.process.run;
  const isOffered = name === offer.pod && pod?.uid === offer.podUID && run === offer.run;
  return isOffered
    ? handOver(choice.instance, wish, tenure, view)
    : recall(offer, `${name} is to take over now`);
}

const isCalm = (failover: FailoverStep): boolean =>
  failover.kind === 'hold' && !failover.underWay && failover.blocked === undefined;

function restOf({ because }: Wish, { proxiesBusyFor: rest }: ClusterView): SwitchoverStep | undefined {
  if (rest <= 0) return undefined;
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
  const next = appoint({ name: instance.name, report }, because, view);
  const term = tenure.offer?.term ?? next.term;
  const isOffered = tenure.offer !== undefined;
  return { kind: 'handOver', wish, address, appoint: { ...next, term, switchover }, isOffered };
}

const nothing: SwitchoverStep = { kind: 'none' };
const recall = (offer: Offer, because: string): SwitchoverStep => ({ kind: 'recall', offer, because });

interface Deciding {
  readonly view: ClusterView;
  readonly failover: FailoverStep;
}

/** What cannot be done now is done when it can; what the user asks for has its time, and is answered then. */
function unfulfilled(
  wish: Wish,
  { because, lasting }: Choice & { readonly kind: 'none' },
  { view, failover }: Deciding,
): SwitchoverStep {
  const left = milliseconds(requestHolds - view.request.askedFor);
  const isRequest = wish.requested !== undefined;
  if (isRequest && (lasting || left <= 0)) return { kind: 'refuse', wish, because };
  const instead = isRequest ? decideSwitchover(withoutRequest(view), failover) : nothing;
  if (instead.kind === 'handOver' || instead.kind === 'rest') return instead;
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

function isItself(tenure: HeldTenure, view: ClusterView): boolean {
  const report = reportOf(view.instances.get(tenure.target));
  const sameTerm = report?.term === tenure.term && report.process.state === 'running';
  const samePod = tenure.targetUID === undefined || report?.podUID === tenure.targetUID;
  return sameTerm && samePod && isOfHolder(report, tenure);
}
