import type { Phase, Problem, RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { between, minutes } from '../../../time/units.ts';
import type { Hold } from '../failover/step.ts';
import { type BlockedReason, succession } from '../failover/succession.ts';
import { whyNotTakenOver } from '../healing/take-over.ts';
import { isAsleep } from '../hibernation/decide.ts';
import { decidePlanned } from '../planned/decide.ts';
import type { PlannedStep } from '../planned/step.ts';
import { type Growth, growthOf } from '../storage/decide.ts';
import { type ClusterView, type InstanceView, type PlannedView, shownReportOf } from '../view.ts';
import type { Obstacle } from './build.ts';
import { rollingUpdateOf } from './rolling-update.ts';

/** What the conditions and the phase are made from. */
export interface Assessment {
  readonly phase: Phase;
  readonly wanted: number;
  readonly ready: readonly string[];
  readonly primary: { readonly name: string | undefined; readonly serves: boolean; readonly doubt: string };
  /** Why nobody could follow if the primary failed now, or why nobody does; undefined when somebody can. */
  readonly failoverBlocked: { readonly reason: BlockedReason; readonly message: string } | undefined;
  /** The primary has failed and nobody follows. */
  readonly blocked: boolean;
  readonly replicas: { readonly wanted: number; readonly inSync: readonly string[] };
  readonly troubles: readonly Obstacle[];
  readonly configErrors: readonly Obstacle[];
  readonly specProblems: readonly string[];
  /** All that is wanted is ready and in sync, and the primary serves. */
  readonly complete: boolean;
  /** What is planned is about to do, or what it waits for. */
  readonly planned: PlannedStep | undefined;
  readonly primaryUpdate: PlannedView['primaryUpdate'];
  /** Whether the user wants it to sleep, and whether it does. */
  readonly hibernation: 'awake' | 'fallingAsleep' | 'asleep';
  readonly maintenance: boolean;
  /** Claims whose volumes grow, or may not. */
  readonly growth: readonly Growth[];
  readonly rollingUpdate: RedisClusterStatus['rollingUpdate'];
}

export interface AssessmentInputs {
  readonly view: ClusterView;
  readonly step: Hold;
  readonly obstacles: readonly Obstacle[];
  readonly problems: readonly Problem[];
  /** The status before: only what was under way, for the phase. */
  readonly previous?: RedisClusterStatus | undefined;
}

/** Judges the cluster as a whole, for people. Nothing that is decided depends on it. */
export function assess({ view, step, obstacles, problems, previous }: AssessmentInputs): Assessment {
  const instances = [...view.instances.values()].filter(({ ordinal }) => ordinal < view.wantedInstances);
  const primary = primaryOf(view, step);
  const ready = instances.filter((instance) => isReady(instance)).map(({ name }) => name);
  const inSync = instances
    .filter((instance) => followsInSync(instance, primary.name))
    .map(({ name }) => name);
  const complete =
    ready.length === view.wantedInstances && primary.serves && inSync.length === view.wantedInstances - 1;
  const draft = {
    wanted: view.wantedInstances,
    ready,
    primary,
    failoverBlocked: failoverBlocked(view, step),
    blocked: step.blocked !== undefined,
    replicas: { wanted: view.wantedInstances - 1, inSync },
    troubles: [...obstacles, ...instances.flatMap(troubleOf)],
    configErrors: configErrorsOf(instances),
    specProblems: problems.map(({ message }) => message),
    complete,
    planned: decidePlanned(view),
    growth: growthOf(view),
    hibernation: hibernationOf(view),
    maintenance: view.planned.maintenance,
    primaryUpdate: view.planned.primaryUpdate,
    rollingUpdate: rollingUpdateOf(view, previous?.rollingUpdate, complete),
  };
  return { ...draft, phase: phaseOf(draft, view, previous) };
}

function primaryOf(view: ClusterView, step: Hold): Assessment['primary'] {
  if (view.tenure.kind !== 'held') return { name: undefined, serves: false, doubt: step.because };
  const { target, term } = view.tenure;
  const report = shownReportOf(view.instances.get(target));
  const serves = report?.role === 'primary' && report.term === term;
  return { name: target, serves, doubt: step.because };
}

/** Offsets change all the time, so the name of the best candidate is not told: an idle status stays as it is. */
function failoverBlocked(view: ClusterView, { blocked, because }: Hold): Assessment['failoverBlocked'] {
  if (blocked !== undefined) return { reason: blocked, message: because };
  if (view.userFence.kind === 'unreadable') {
    const message = `redis.io/fencedInstances cannot be read, so everybody counts as fenced: ${view.userFence.problem}`;
    return { reason: 'Fenced', message };
  }
  if (view.tenure.kind !== 'held') return { reason: 'NoCandidate', message: 'nobody has been appointed yet' };
  const next = succession(view.tenure, view);
  if (next.kind === 'none') return { reason: next.reason, message: next.because };
  return next.candidate.name === view.tenure.target
    ? { reason: 'NoCandidate', message: 'no replica is in sync' }
    : undefined;
}

const isReady = ({ pod }: InstanceView): boolean => pod?.ready === true && !pod.deleting;

function followsInSync(instance: InstanceView, primary: string | undefined): boolean {
  const upstream = shownReportOf(instance)?.upstream;
  return instance.name !== primary && upstream?.pod === primary && upstream?.inSync === true;
}

function troubleOf(instance: InstanceView): readonly Obstacle[] {
  const { name, pod } = instance;
  if (pod?.owner === 'foreign') {
    return [{ reason: 'PodNameTaken', message: `${name} exists and belongs to another controller` }];
  }
  const refused = shownReportOf(instance)?.syncRefused;
  if (refused !== undefined) return [{ reason: 'DataRefused', message: `${name}: ${refused}` }];
  if (pod?.trouble === undefined) return [];
  return [{ reason: pod.trouble.reason, message: `${name}: ${pod.trouble.message}` }];
}

/** Instances refuse the same in the same words, one after another: it is told once, and by no name. */
function configErrorsOf(instances: readonly InstanceView[]): readonly Obstacle[] {
  const errors = instances.flatMap((instance) => shownReportOf(instance)?.configError ?? []);
  return [...new Set(errors)].map((message) => ({ reason: 'ConfigRejected', message }));
}

/** How long a new cluster may be incomplete before that is called degraded: pulling an image takes minutes. */
const creationPatience = minutes(5);

type Draft = Omit<Assessment, 'phase'>;

function phaseOf(draft: Draft, view: ClusterView, previous: RedisClusterStatus | undefined): Phase {
  if (view.deleting) return 'Deleting';
  if (
    view.tenure.kind === 'unreadable' ||
    whyNotTakenOver(view) !== undefined ||
    draft.specProblems.length > 0
  )
    return 'Blocked';
  const underWay = phaseUnderWay(draft, view);
  if (underWay !== undefined) return underWay;
  return draft.complete ? 'Healthy' : phaseOfLack(draft, view, previous);
}

function phaseUnderWay(draft: Draft, view: ClusterView): Phase | undefined {
  const { hibernation, planned, rollingUpdate, blocked } = draft;
  if (hibernation !== 'awake') return 'Hibernating';
  if (isFailingOver(view) && !blocked) return replacementPhase(view);
  if (planned?.kind === 'hold' && planned.reason === 'Approval') return 'WaitingForUser';
  if (planned?.operation === 'scaleDown') return 'Scaling';
  const inPlace = planned?.operation === 'resize' || planned?.operation === 'upgrade';
  return rollingUpdate === undefined && !inPlace ? undefined : 'Updating';
}

function phaseOfLack(draft: Draft, view: ClusterView, previous: RedisClusterStatus | undefined): Phase {
  if (isScalingUp(draft, previous)) return 'Scaling';
  if (view.tenure.kind !== 'held' || view.tenure.current === undefined) return 'Creating';
  const young = between(view.cluster.createdAt, view.now) < creationPatience;
  return young && draft.primary.serves ? 'Creating' : 'Degraded';
}

function hibernationOf(view: ClusterView): Assessment['hibernation'] {
  if (!view.planned.hibernating) return 'awake';
  return isAsleep(view) ? 'asleep' : 'fallingAsleep';
}

/** It was whole with fewer, and has not been since. One that is alone no more stops for a moment, until its lease is proved. */
const isScalingUp = ({ wanted, primary }: Draft, previous: RedisClusterStatus | undefined): boolean =>
  (previous?.phase === 'Scaling' && primary.serves) ||
  (previous?.phase === 'Healthy' && (previous.instances ?? wanted) < wanted);

const replacementPhase = ({ tenure, request }: ClusterView): Phase =>
  request.planned && tenure.kind === 'held' && tenure.fencedFor === undefined
    ? 'SwitchingOver'
    : 'FailingOver';

function isFailingOver({ tenure }: ClusterView): boolean {
  if (tenure.kind !== 'held') return false;
  const { fencedFor, current, target } = tenure;
  return fencedFor !== undefined || (current !== undefined && current !== target);
}
