import type { InstanceReport } from '../../../control/protocol.ts';
import type { Duration } from '../../../time/units.ts';
import { type ClusterView, type HeldTenure, reportOf } from '../view.ts';
import type { Candidate } from './candidates.ts';
import { type Loss, lossOf } from './loss.ts';
import type { BlockedReason } from './succession.ts';

/** One idempotent step about who is primary, and why. A crash before, during or after it is repaired by deciding again. */
export type FailoverStep =
  | Hold
  /** The primary is to stop taking writes. Somebody could follow. */
  | { readonly kind: 'fence'; readonly pod: string; readonly because: string }
  /** These promise to obey no older term than `term`, and acknowledge nothing more to the old primary. */
  | {
      readonly kind: 'prepare';
      readonly pods: readonly string[];
      readonly term: number;
      readonly because: string;
    }
  /** The commit point: the only step that changes who the primary is. */
  | Appoint
  /** The appointed instance says that it takes writes in its term. */
  | { readonly kind: 'confirm'; readonly pod: string; readonly because: string }
  /** The fenced primary goes on in its term. */
  | { readonly kind: 'reinstate'; readonly pod: string; readonly because: string };

export interface Hold {
  readonly kind: 'hold';
  readonly because: string;
  /** When time alone may change the decision; undefined when only news can. */
  readonly recheckAfter: Duration | undefined;
  /** A failover waits for this moment to pass: nothing else is done meanwhile. */
  readonly underWay: boolean;
  /** The primary has failed, and this is why nobody follows. */
  readonly blocked: BlockedReason | undefined;
}

export interface Appoint {
  readonly kind: 'appoint';
  readonly pod: string;
  readonly podUID: string;
  /** The redis-server process that was looked at, and no other; undefined when it does not say which it is. */
  readonly run: string | undefined;
  readonly term: number;
  readonly because: string;
  /** Undefined when nobody else is replaced: the first appointment, or the same one again. */
  readonly failover: Failover | undefined;
  /** The old primary has handed over in order, and takes no writes. */
  readonly switchover?: Handover | undefined;
}

/** A hand-over in order, see docs/switchover.md. */
export interface Handover {
  readonly from: string;
  readonly because: string;
  /** The value of the annotation that asked for it; undefined when something else did. */
  readonly requested: string | undefined;
}

export interface Failover {
  readonly from: string;
  /** The evidence against the old primary. */
  readonly because: string;
  readonly loss: Loss;
}

/** The primary that an appointment replaces. */
export interface Replaced {
  readonly tenure: HeldTenure;
  readonly because: string;
}

export const replaced = (tenure: HeldTenure, because: string): Replaced => ({ tenure, because });

export const hold = (because: string, more: Partial<Omit<Hold, 'kind' | 'because'>> = {}): Hold => ({
  kind: 'hold',
  because,
  recheckAfter: undefined,
  underWay: false,
  blocked: undefined,
  ...more,
});

export function appoint(
  { name, report }: Pick<Candidate, 'name' | 'report'>,
  because: string,
  view: ClusterView,
  replaced?: Replaced,
): Appoint {
  const another = replaced !== undefined && replaced.tenure.target !== name;
  return {
    kind: 'appoint',
    pod: name,
    podUID: report.podUID,
    run: report.process.run,
    term: nextTerm(report, view),
    because,
    failover: another
      ? {
          from: replaced.tenure.target,
          because: replaced.because,
          loss: lossOf(replaced.tenure, report, view),
        }
      : undefined,
  };
}

/** The term in which `chosen` can be appointed: above every one that anybody has obeyed, and as promised. */
export function nextTerm(chosen: InstanceReport, view: ClusterView): number {
  const { term = 0, offeredTerm = 0 } = view.tenure.kind === 'held' ? view.tenure : {};
  const recorded = Math.max(term, offeredTerm);
  const owed = [...view.instances.values()].map((instance) => lowestObeyed(reportOf(instance)));
  // What was appointed up to the start of a process was never meant for it, unless the record says so.
  return Math.max(recorded + 1, chosen.bootTerm + 1, ...owed);
}

/** The lowest term that this instance would take a new role in. */
function lowestObeyed(report: InstanceReport | undefined): number {
  if (report === undefined) return 0;
  const { term, promise } = report;
  return promise !== undefined && promise.term >= term ? promise.term : term + 1;
}
