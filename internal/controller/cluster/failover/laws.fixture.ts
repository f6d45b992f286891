import type { InstanceReport } from '../../../control/protocol.ts';
import { type ClusterView, type HeldTenure, reportOf } from '../view.ts';
import { newAddress, term } from './every-view.fixture.ts';
import type { Appoint, FailoverStep } from './step.ts';

/** What must hold of every step in every view. A law is judged from the raw view alone, not by the code it judges. */
export type Law = (view: ClusterView, step: FailoverStep) => boolean;

const seen = (view: ClusterView, name: string): InstanceReport | undefined =>
  reportOf(view.instances.get(name));
const reports = (view: ClusterView): readonly InstanceReport[] =>
  [...view.instances.keys()].flatMap((name) => seen(view, name) ?? []);
const held = ({ tenure }: ClusterView): HeldTenure | undefined =>
  tenure.kind === 'held' ? tenure : undefined;
const runs = (report: InstanceReport | undefined): boolean =>
  report?.process.state === 'running' && !report.fencedByUser;

/** The appointed pod itself, and not one that was made in its place. */
function holder(view: ClusterView): InstanceReport | undefined {
  const tenure = held(view);
  const report = tenure === undefined ? undefined : seen(view, tenure.target);
  return report?.podUID === tenure?.targetUID ? report : undefined;
}

/** That the process which held the tenure is no more, first-hand. */
function isDead(view: ClusterView): boolean {
  const tenure = held(view);
  const instance = view.instances.get(tenure?.target ?? '');
  const last = holder(view) ?? instance?.lastReport;
  const lastOfHolder = last?.podUID === tenure?.targetUID ? last : undefined;
  const ended = lastOfHolder?.process.state === 'exited' || lastOfHolder?.process.state === 'stopped';
  const { bootTerm = 0, process } = holder(view) ?? {};
  const named = tenure?.targetRun;
  const restarted = named === undefined ? bootTerm >= term : process !== undefined && process.run !== named;
  const unheard = holder(view) === undefined;
  const off = instance?.pod?.node.outOfService === true && instance.pod.uid === tenure?.targetUID;
  return ended || restarted || (unheard && (tenure?.ended !== undefined || off));
}

const answersAsPrimary = (view: ClusterView): boolean =>
  holder(view)?.role === 'primary' && holder(view)?.term === term;

/** It answers, fenced and with its gate closed: it takes no writes in this term unless it is told so. */
const isReleased = (view: ClusterView): boolean =>
  held(view)?.fencedFor !== undefined && runs(holder(view)) && !answersAsPrimary(view);

/** Somebody else takes the place of a primary. */
const replaces = (view: ClusterView, step: FailoverStep): step is Appoint =>
  step.kind === 'appoint' && held(view) !== undefined && !goesOn(view, step);

/** The very process that holds the tenure is appointed again. */
const goesOn = (view: ClusterView, step: Appoint): boolean =>
  step.pod === held(view)?.target && holder(view) !== undefined && !isDead(view);

const bySilence = (view: ClusterView, step: FailoverStep): step is Appoint =>
  replaces(view, step) && !isDead(view) && !isReleased(view);

const survivors = (view: ClusterView): readonly InstanceReport[] =>
  reports(view).filter(
    (report) =>
      report.pod !== held(view)?.target &&
      report.syncedTerm === term &&
      report.replicationId === 'one' &&
      runs(report),
  );

/** Survivors that could take over as they stand. */
const stayers = (view: ClusterView): readonly InstanceReport[] =>
  survivors(view).filter(({ pod }) => mayLead(view, pod));

function mayLead(view: ClusterView, pod: string): boolean {
  const { userFence, instances } = view;
  const barred =
    userFence.kind === 'unreadable' ||
    userFence.kind === 'all' ||
    (userFence.kind === 'named' && userFence.pods.includes(pod));
  return !barred && instances.get(pod)?.pod?.deleting === false;
}

/** The old primary, started again, has on its volume what it acknowledged. */
const ownVolumeVouches = (view: ClusterView, { pod }: Appoint): boolean =>
  view.policy.minSyncReplicas > 0 &&
  (view.policy.volumeKeepsWrites || seen(view, pod)?.data.saved === held(view)?.term) &&
  pod === held(view)?.target &&
  (seen(view, pod)?.data.keys ?? 0) > 0;

const heardMsAgo = (view: ClusterView): number =>
  Math.min(
    ...reports(view).flatMap(({ upstream }) =>
      upstream?.pod === held(view)?.target &&
      !(upstream?.address === newAddress && holder(view) === undefined && seen(view, 'redis-0') !== undefined)
        ? (upstream?.heardMsAgo ?? [])
        : [],
    ),
  );

/** It replaces a primary by first-hand evidence, and neither by silence nor after a release. */
const replacesDead = (view: ClusterView, step: FailoverStep): boolean =>
  replaces(view, step) && !bySilence(view, step) && !isReleased(view);

const acts = (step: FailoverStep): boolean => step.kind !== 'hold' && step.kind !== 'reinstate';

export const laws: Readonly<Record<string, Law>> = {
  'every step says why': (_view, step) => step.because.length > 10,
  'an unreadable tenure changes nothing': (view, step) =>
    view.tenure.kind !== 'unreadable' || step.kind === 'hold',
  'an unreadable fence of the user appoints nobody': (view, step) =>
    view.userFence.kind !== 'unreadable' || step.kind !== 'appoint',
  'a primary that serves is replaced by nobody, and fenced only if its disk refuses writes': (view, step) =>
    !answersAsPrimary(view) ||
    isDead(view) ||
    (!replaces(view, step) && (step.kind !== 'fence' || holder(view)?.writesRefused !== undefined)),
  'doubt does nothing against a primary': (view, step) => {
    const tenure = held(view);
    if (tenure === undefined || holder(view) !== undefined || isDead(view)) return true;
    return tenure.silentFor >= view.policy.suspicion || !acts(step);
  },
  'a silent primary that a replica hears is neither fenced nor replaced (I8)': (view, step) =>
    held(view) === undefined ||
    holder(view) !== undefined ||
    isDead(view) ||
    heardMsAgo(view) >= view.policy.suspicion ||
    !acts(step),
  'a doubt about the appointed pod has a reason': (view, step) =>
    step.kind !== 'hold' ||
    step.recheckAfter === undefined ||
    step.underWay ||
    (held(view)?.silentFor ?? 0) < view.policy.suspicion ||
    heardMsAgo(view) < view.policy.suspicion,
  'an appointment waits a moment for one that was in sync, or may have been, and does not answer': (
    view,
    step,
  ) =>
    !replacesDead(view, step) ||
    [...view.instances.values()].every(
      ({ name, sighting, missedFor, lastReport }) =>
        name === held(view)?.target ||
        sighting.kind !== 'silent' ||
        (lastReport !== undefined && lastReport.syncedTerm !== term) ||
        missedFor >= 500,
    ),
  'an appointment over a dead primary waits a moment for whoever has yet to see its stream end (I3)': (
    view,
    step,
  ) =>
    !replacesDead(view, step) ||
    (held(view)?.failingFor ?? 0) >= 500 ||
    survivors(view).every(({ upstream }) => upstream?.linkUp !== true),
  'a silent primary that knows of nobody else is neither fenced nor replaced (I1)': (view, step) =>
    held(view)?.lastServed?.alone !== true || holder(view) !== undefined || isDead(view) || !acts(step),
  'nobody is fenced while nobody could follow (I6)': (view, step) =>
    step.kind !== 'fence' ||
    reports(view).some((report) => runs(report) && mayLead(view, report.pod) && report !== holder(view)),
  'a fence that leads nowhere is lifted': (view, step) => {
    const tenure = held(view);
    const stuck = tenure?.fencedFor !== undefined && step.kind === 'hold' && step.blocked !== undefined;
    const promised = reports(view).some(({ promise }) => promise !== undefined);
    return !stuck || promised || isDead(view) || holder(view) !== undefined;
  },
  'after silence, fence and promise are older than settling': (view, step) => {
    if (!bySilence(view, step)) return true;
    const { settling } = view.policy;
    const promise = seen(view, step.pod)?.promise;
    return (
      (held(view)?.fencedFor ?? 0) >= settling && promise?.term === step.term && promise.forMs >= settling
    );
  },
  'only whose Redis runs, who is to stay and whom the user has not fenced is appointed': (view, step) =>
    step.kind !== 'appoint' || (runs(seen(view, step.pod)) && mayLead(view, step.pod)),
  'the one appointed is in sync in this term, unless nobody with data who could lead is': (view, step) =>
    !replaces(view, step) ||
    (seen(view, step.pod)?.syncedTerm === term && seen(view, step.pod)?.replicationId === 'one') ||
    stayers(view).every(({ data }) => data.keys === 0) ||
    // Where too few are left to vouch for what WAIT acknowledged, the old primary's own volume does.
    ownVolumeVouches(view, step),
  'another data set than that of the primary is appointed only where nobody who could lead has that': (
    view,
    step,
  ) =>
    !replaces(view, step) ||
    step.pod === held(view)?.target ||
    seen(view, step.pod)?.replicationId === 'one' ||
    reports(view).every(
      (report) =>
        report.pod === held(view)?.target ||
        report.replicationId !== 'one' ||
        report.data.keys === 0 ||
        !(runs(report) && mayLead(view, report.pod)),
    ),
  'nobody who could lead has heard more than the one appointed': (view, step) => {
    if (!replaces(view, step) || seen(view, step.pod)?.syncedTerm !== term) return true;
    const late = bySilence(view, step) && (held(view)?.fencedFor ?? 0) >= 2 * view.policy.settling;
    const rivals = stayers(view).filter(
      ({ data, promise }) => data.keys > 0 && (!late || promise?.term === step.term),
    );
    return rivals.every(({ offset }) => offset <= (seen(view, step.pod)?.offset ?? 0));
  },
  'nobody without data is appointed over somebody who has some (I5)': (view, step) =>
    step.kind !== 'appoint' ||
    (seen(view, step.pod)?.data.keys ?? 0) > 0 ||
    goesOn(view, step) ||
    reports(view).every((report) => report.data.keys === 0 || !runs(report)),
  'where volumes may hold data, the first primary is chosen only when all were heard': (view, step) =>
    step.kind !== 'appoint' ||
    view.tenure.kind !== 'vacant' ||
    [...view.instances.values()].every(
      ({ name, claim }) =>
        claim?.madeForThisCluster === true || seen(view, name)?.process.state === 'running',
    ),
  'with W > 0 so many survivors are counted that one of them has every acknowledged write (I3)': (
    view,
    step,
  ) => {
    const { minSyncReplicas } = view.policy;
    if (minSyncReplicas === 0 || !replaces(view, step)) return true;
    if (stayers(view).length === 0 && step.pod !== held(view)?.target) return true;
    const chosen = seen(view, step.pod);
    const counted = survivors(view).filter(
      ({ offset, promise }) =>
        offset <= (chosen?.offset ?? 0) && (!bySilence(view, step) || promise?.term === step.term),
    );
    const everybody = reports(view).filter(runs).length === view.instances.size;
    const enough = counted.length + minSyncReplicas > view.instances.size - 1;
    return enough || everybody || ownVolumeVouches(view, step);
  },
  'nobody is appointed who is further behind than the user allows': (view, step) => {
    const { maxLagBytes } = view.policy;
    const last = held(view)?.lastServed;
    if (maxLagBytes === undefined || last === undefined || !replaces(view, step)) return true;
    const chosen = seen(view, step.pod);
    return chosen?.syncedTerm !== term || last.offset - chosen.offset <= maxLagBytes;
  },
  'the process appointed is the one that was looked at': (view, step) =>
    step.kind !== 'appoint' || step.run === seen(view, step.pod)?.process.run,
  'one whose Redis was restarted after its appointment is not waited for to take writes': (view, step) =>
    !isDead(view) || step.kind !== 'hold' || !step.because.includes('has yet to take writes'),
  'a term is above every one obeyed, and no lower than any promise': (view, step) =>
    step.kind !== 'appoint' ||
    (step.term > (held(view)?.term ?? 0) &&
      reports(view).every(({ term: obeyed, promise }) =>
        promise === undefined ? step.term > obeyed : step.term >= promise.term,
      )),
  'a term is the one that was promised, if any was': (view, step) => {
    if (step.kind !== 'appoint' || held(view) === undefined) return true;
    const promises = reports(view).flatMap(({ promise }) => (promise === undefined ? [] : [promise.term]));
    return promises.length === 0 || step.term === Math.max(...promises);
  },
  'only the target is confirmed, and only while it takes writes in its term': (view, step) =>
    step.kind !== 'confirm' || (step.pod === held(view)?.target && answersAsPrimary(view)),
  'only a fence is lifted': (view, step) => step.kind !== 'reinstate' || held(view)?.fencedFor !== undefined,
  'nobody whom the user fenced, or whose disk refuses writes while another could lead, is reinstated': (
    view,
    step,
  ) =>
    step.kind !== 'reinstate' ||
    !(
      holder(view)?.fencedByUser === true ||
      (view.userFence.kind === 'named' &&
        holder(view) !== undefined &&
        view.userFence.pods.includes(step.pod))
    ),
};
