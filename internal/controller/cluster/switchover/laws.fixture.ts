import type { InstanceReport } from '../../../control/protocol.ts';
import type { FailoverStep } from '../failover/step.ts';
import { type ClusterView, reportOf } from '../view.ts';
import type { SwitchoverStep } from './decide.ts';

/** What must hold of every step in every view, judged from the raw view alone. */
export type Law = (view: ClusterView, step: SwitchoverStep, failover: FailoverStep) => boolean;

const seen = (view: ClusterView, name: string): InstanceReport | undefined =>
  reportOf(view.instances.get(name));
const primary = (view: ClusterView): InstanceReport | undefined => seen(view, 'shop-0');
const isCordoned = (view: ClusterView, name: string): boolean =>
  view.instances.get(name)?.pod?.node.schedulable === false;
const isLeaving = (view: ClusterView, name: string): boolean =>
  view.instances.get(name)?.pod?.deleting === true || seen(view, name)?.leaving === true;
const asked = ({ request }: ClusterView): string | undefined => (request.answered ? undefined : request.to);
/** What the user asks for will not be possible, or has had its time. */
const isOver = (view: ClusterView): boolean =>
  asked(view) === 'shop-0' || !view.instances.has(asked(view) ?? '') || view.request.askedFor >= 60_000;
const acts = ({ kind }: SwitchoverStep): boolean => kind === 'handOver' || kind === 'refuse';
const offer = ({ tenure }: ClusterView) => (tenure.kind === 'held' ? tenure.offer : undefined);
/** The very process that holds the tenure, and answers. */
const holds = (view: ClusterView): boolean =>
  primary(view)?.podUID === 'uid-0' &&
  primary(view)?.process.state === 'running' &&
  primary(view)?.term === 3;

const barred = ({ userFence }: ClusterView, name: string): boolean =>
  userFence.kind !== 'named' || userFence.pods.includes(name);

/** It could take over as it stands, by everything that it says. */
function isFit(view: ClusterView, name: string): boolean {
  const [report, pod] = [seen(view, name), view.instances.get(name)?.pod];
  const inSync = report?.upstream?.inSync === true && report.syncedTerm === 3 && report.term === 3;
  const well =
    report?.process.state === 'running' && !report.fencedByUser && report.writesRefused === undefined;
  return (
    inSync &&
    well &&
    !barred(view, name) &&
    !isLeaving(view, name) &&
    pod?.ready === true &&
    pod.owner === 'ours'
  );
}

export const laws: Readonly<Record<string, Law>> = {
  'every step that is taken says why': (_view, step) =>
    step.kind === 'none' || (step.kind === 'handOver' ? step.appoint : step).because.length > 10,
  'a failover goes first': (_view, step, failover) =>
    step.kind === 'none' ||
    (failover.kind === 'hold' && failover.blocked === undefined && !failover.underWay),
  'only a primary hands over that takes writes in its term': (view, step) =>
    !acts(step) || primary(view)?.role === 'primary',
  'only the pod that was appointed hands over, confirmed and unfenced': ({ tenure, ...view }, step) =>
    !acts(step) ||
    (tenure.kind === 'held' &&
      tenure.fencedFor === undefined &&
      view.instances.get('shop-0')?.pod?.uid === tenure.targetUID &&
      tenure.current === 'shop-0'),
  'nobody hands over whom the user has fenced, or whose disk refuses writes while another could lead': (
    view,
    step,
  ) => step.kind !== 'handOver' || primary(view)?.fencedByUser !== true,
  'whoever takes over is proved in sync, ready, and to stay': (view, step) =>
    step.kind !== 'handOver' || isFit(view, step.appoint.pod),
  'a term is above every one obeyed or offered, and no lower than any promise': (view, step) =>
    step.kind !== 'handOver' ||
    step.isOffered ||
    (step.appoint.term > ((view.tenure.kind === 'held' && view.tenure.offeredTerm) || 0) &&
      [...view.instances.keys()].every((name) => {
        const { term = 0, promise } = seen(view, name) ?? {};
        return promise === undefined ? step.appoint.term > term : step.appoint.term >= promise.term;
      })),
  'nothing is handed over that nothing asks for': (view, step) =>
    step.kind !== 'handOver' ||
    asked(view) !== undefined ||
    isLeaving(view, 'shop-0') ||
    isCordoned(view, 'shop-0'),
  'what the user asks for is done as asked, or refused': (view, step) =>
    asked(view) === undefined ||
    !acts(step) ||
    (step.kind === 'handOver' && step.appoint.pod === asked(view) && step.wish.requested === asked(view)) ||
    (!isFit(view, asked(view) ?? '') && (step.kind === 'refuse' || !isOver(view))),
  'a request is refused at once only where it can never be carried out, and then it is': (view, step) => {
    if (asked(view) === undefined) return true;
    return isOver(view) ? step.kind !== 'wait' || isFit(view, asked(view) ?? '') : step.kind !== 'refuse';
  },
  'a primary that is being stopped does not wait for what the user asks': (view, step) =>
    step.kind !== 'wait' ||
    !isLeaving(view, 'shop-0') ||
    asked(view) === undefined ||
    view.request.refusedAgo !== undefined ||
    !['shop-1', 'shop-2'].some((name) => isFit(view, name)),
  'what was answered is not answered again': (view, step) =>
    step.kind !== 'refuse' || asked(view) !== undefined,
  'for a node that is to be drained, nobody on another such node takes over, and all others could': (
    view,
    step,
  ) => {
    const because = step.kind === 'handOver' && asked(view) === undefined && !isLeaving(view, 'shop-0');
    if (!because) return true;
    const staying = [...view.instances.keys()].filter((name) => name !== 'shop-0' && !isCordoned(view, name));
    return !isCordoned(view, step.appoint.pod) && staying.every((name) => isFit(view, name));
  },
  'where objects are to be left alone, a node is no reason': (view, step) =>
    !view.reconcileDisabled ||
    step.kind !== 'handOver' ||
    asked(view) !== undefined ||
    isLeaving(view, 'shop-0'),
  'after a refusal nobody is made to wait again at once': (view, step) =>
    step.kind !== 'handOver' || asked(view) !== undefined || (view.request.refusedAgo ?? 1e9) >= 2_000,
  'whoever has released its term is asked for nothing more': (view, step) =>
    primary(view)?.released === undefined || (!acts(step) && step.kind !== 'recall'),
  'what is offered is gone through with, to that very process, or recalled, while its primary answers': (
    view,
    step,
    failover,
  ) => {
    const offered = offer(view);
    if (offered === undefined || view.deleting || !holds(view)) return step.kind !== 'recall';
    if (failover.kind !== 'hold' || failover.blocked !== undefined || failover.underWay) return true;
    if (step.kind !== 'handOver') return step.kind === 'recall' && step.offer === offered;
    const { term, pod, podUID, run } = step.appoint;
    return (
      step.isOffered &&
      term === offered.term &&
      pod === offered.pod &&
      podUID === offered.podUID &&
      run === offered.run
    );
  },
  'nothing is said to be offered that is not on record': (view, step) =>
    step.kind !== 'handOver' || step.isOffered === (offer(view) !== undefined),
  'nobody hands over while proxies rest, but to whom it is offered already': (view, step) =>
    step.kind !== 'handOver' || view.proxiesBusyFor === 0 || step.isOffered,
  'proxies are waited for only as long as they rest, and only where everything else is ready': (view, step) =>
    step.kind !== 'rest' ||
    (step.recheckAfter === view.proxiesBusyFor &&
      step.recheckAfter > 0 &&
      primary(view)?.role === 'primary' &&
      ['shop-1', 'shop-2'].some((name) => isFit(view, name))),
  'a node that stays is preferred': (view, step) =>
    step.kind !== 'handOver' ||
    asked(view) !== undefined ||
    !isCordoned(view, step.appoint.pod) ||
    ['shop-1', 'shop-2'].every((name) => isCordoned(view, name) || !isFit(view, name)),
};
