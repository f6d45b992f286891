import { type ClusterView, type HeldTenure, isOfHolder, reportOf } from '../view.ts';
import {
  answering,
  type Barred,
  barredWithData,
  byOffset,
  type Candidate,
  hasData,
  notHeard,
  richest,
  sharesHistory,
  standing,
  survivors,
} from './candidates.ts';
import { barsPod } from './user-fence.ts';

/** Why a failed primary cannot be replaced, in the reasons of the condition FailoverPossible. */
export type BlockedReason = 'NoCandidate' | 'NotEnoughInSync' | 'Fenced';

/** Who follows on a primary that has failed, or why nobody can. */
export type Succession =
  | { readonly kind: 'found'; readonly candidate: Candidate; readonly because: string }
  | { readonly kind: 'none'; readonly reason: BlockedReason; readonly because: string };

/**
 * Who follows on the tenure's primary. `counted` are the survivors that can acknowledge nothing any more to the old
 * primary. Nobody is chosen who has less than another: in-sync survivors first, then the old primary with its own
 * volume.
 */
export function succession(
  tenure: HeldTenure,
  view: ClusterView,
  counted: readonly Candidate[] = survivors(tenure, view),
): Succession {
  const stayers = new Set(standing(view).map(({ name }) => name));
  const stays = ({ name }: Candidate): boolean => stayers.has(name);
  if (!survivors(tenure, view).some(stays)) return withoutSurvivors(tenure, view);
  if (new Set(counted.map(({ report }) => report.replicationId)).size > 1) {
    return none(
      'NoCandidate',
      'the replicas have different histories, and the one of the primary is not known',
    );
  }
  const somebodyHasData = standing(view).some(hasData) || barredWithData(view).length > 0;
  const [best] = byOffset(counted.filter((one) => stays(one) && (hasData(one) || !somebodyHasData)));
  if (best === undefined) {
    return counted.some(stays)
      ? withoutSurvivors(tenure, view)
      : none('NoCandidate', 'no replica that was in sync can take over');
  }
  const few = tooFew(best, counted, view);
  return (
    tooFarBehind(best, tenure, view) ??
    (few === undefined ? found(best, 'it has the most of its data') : withoutQuorum(few, best, tenure, view))
  );
}

/**
 * There are too few survivors to be sure of every write that `WAIT W` acknowledged. The old primary's own volume has them all
 * where it saved them at its end, and with an append-only file, but for the last second where its node lost its power: then
 * it has fewer keys than a survivor. Whoever is missing is waited for, and once all are heard nobody else can know.
 */
function withoutQuorum(few: Succession, best: Candidate, tenure: HeldTenure, view: ClusterView): Succession {
  const { target } = tenure;
  const own = standing(view).find(({ name, report }) => name === target && !isOfHolder(report, tenure));
  if (own === undefined) return few;
  const kept = view.policy.volumeKeepsWrites && own.report.data.keys >= best.report.data.keys;
  if ((kept || savedAll(own, tenure)) && hasData(own)) {
    return found(own, `its own volume has all that it acknowledged, while ${few.because}`);
  }
  return everybodyAnswers(view) ? found(best, 'everybody has been heard, and it has the most') : few;
}

/** It ended in order, and wrote down that it had saved its data set then. */
const savedAll = ({ report }: Candidate, { term }: HeldTenure): boolean => report.data.saved === term;

function tooFarBehind(
  best: Candidate,
  { lastServed }: HeldTenure,
  view: ClusterView,
): Succession | undefined {
  const { maxLagBytes } = view.policy;
  if (maxLagBytes === undefined || lastServed === undefined) return undefined;
  const lag = lastServed.offset - best.report.offset;
  if (lag <= maxLagBytes) return undefined;
  return none(
    'NoCandidate',
    `${best.name} is ${lag} bytes behind, and spec.failover.maxLagBytes is ${maxLagBytes}`,
  );
}

/**
 * With W = minSyncReplicas a write that `WAIT W` acknowledged is on W of the N - 1 replicas. R of them are known to be
 * no further than the candidate, and one of those has it for sure if R + W > N - 1 (invariant I3).
 */
function tooFew(best: Candidate, counted: readonly Candidate[], view: ClusterView): Succession | undefined {
  const { minSyncReplicas } = view.policy;
  if (minSyncReplicas === 0) return undefined;
  const behind = counted.filter(({ report }) => report.offset <= best.report.offset).length;
  if (behind + minSyncReplicas > replicaCount(view)) return undefined;
  const needed = replicaCount(view) - minSyncReplicas + 1;
  return none(
    'NotEnoughInSync',
    `${behind} of ${replicaCount(view)} replicas are known to be no further than ${best.name}; with minSyncReplicas ${minSyncReplicas} it takes ${needed}`,
  );
}

const everybodyAnswers = (view: ClusterView): boolean => answering(view).length > replicaCount(view);
const replicaCount = (view: ClusterView): number => Math.max(view.wantedInstances, view.instances.size) - 1;

/**
 * No survivor could take over, or all are empty: they were in sync when there was nothing yet. It is the old primary again,
 * with its own volume; or, where that is empty, whoever has data. With `W > 0` whoever is silent may have what `WAIT W`
 * acknowledged, unless the old primary's own volume has it for sure.
 */
function withoutSurvivors(tenure: HeldTenure, view: ClusterView): Succession {
  const { target } = tenure;
  const own = standing(view).find(({ name }) => name === target);
  if (own === undefined) return nobody(target, view);
  const { minSyncReplicas, volumeKeepsWrites } = view.policy;
  const kept = volumeKeepsWrites || savedAll(own, tenure);
  if (minSyncReplicas > 0 && !kept && !everybodyAnswers(view)) {
    return none(
      'NotEnoughInSync',
      'no replica with data is proved to be in sync, and not everybody has reported yet',
    );
  }
  if (hasData(own)) return found(own, 'nobody has newer data than its own volume');
  const [unheard] = notHeard(view);
  if (unheard !== undefined) {
    return none('NoCandidate', `its data set is empty and ${unheard.name} has not reported yet`);
  }
  const chosen = nextOfHistory(tenure, view) ?? richest(standing(view).filter(hasData));
  // Whoever is appointed, all others follow, and are emptied or set back to what that one has.
  const [waitsFor] = barredWithData(view).filter(
    ({ report }) => chosen === undefined || report.syncedTerm === tenure.term,
  );
  if (waitsFor !== undefined) return outranked(waitsFor, view);
  return chosen === undefined
    ? found(own, 'nobody has newer data than its own volume')
    : found(chosen, 'the data set of the old primary is empty and this one is not');
}

/**
 * Whoever took over the data set of the lost primary and was not proved in sync with it yet: it has what that primary was
 * appointed with, and some of what it acknowledged since, where one that had yet to take it over has an older data set.
 */
const nextOfHistory = (tenure: HeldTenure, view: ClusterView): Candidate | undefined =>
  byOffset(standing(view).filter((one) => hasData(one) && sharesHistory(tenure, one.report)))[0];

/** Nobody else is appointed over one that is being deleted, whose volume comes back, or that the user has fenced. */
function outranked({ name, deleting }: Barred, view: ClusterView): Succession {
  if (deleting) return none('NoCandidate', `${name}, which has data, is being deleted, and is waited for`);
  return view.userFence.kind === 'unreadable'
    ? none('Fenced', `redis.io/fencedInstances cannot be read: ${view.userFence.problem}`)
    : none('Fenced', `the user has fenced ${name}, which has data that nobody else has`);
}

function nobody(target: string, view: ClusterView): Succession {
  if (view.userFence.kind === 'unreadable') {
    return none('Fenced', `redis.io/fencedInstances cannot be read: ${view.userFence.problem}`);
  }
  const fenced = [...view.instances.values()].filter(
    (instance) =>
      instance.name !== target &&
      (barsPod(view.userFence, instance.name) || reportOf(instance)?.fencedByUser === true),
  );
  if (fenced.length === 0) return none('NoCandidate', 'no replica is proved to be in sync');
  const names = fenced.map(({ name }) => name).join(', ');
  return none('Fenced', `no replica is proved to be in sync but for those that the user fenced: ${names}`);
}

const found = (candidate: Candidate, because: string): Succession => ({ kind: 'found', candidate, because });

const none = (reason: BlockedReason, because: string): Succession => ({ kind: 'none', reason, because });
