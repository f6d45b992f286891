import type { Phase, Problem } from '../../../../api/v1/redis-cluster.ts';
import { between, minutes } from '../../../time/units.ts';
import type { Hold } from '../failover/step.ts';
import { type BlockedReason, succession } from '../failover/succession.ts';
import { type ClusterView, type InstanceView, shownReportOf } from '../view.ts';
import type { Obstacle } from './build.ts';

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
}

export interface AssessmentInputs {
  readonly view: ClusterView;
  readonly step: Hold;
  readonly obstacles: readonly Obstacle[];
  readonly problems: readonly Problem[];
}

/** Judges the cluster as a whole, for people. Nothing that is decided depends on it. */
export function assess({ view, step, obstacles, problems }: AssessmentInputs): Assessment {
  const instances = [...view.instances.values()].filter(({ ordinal }) => ordinal < view.wantedInstances);
  const primary = primaryOf(view, step);
  const ready = instances.filter((instance) => isReady(instance)).map(({ name }) => name);
  const inSync = instances
    .filter((instance) => followsInSync(instance, primary.name))
    .map(({ name }) => name);
  const draft = {
    wanted: view.wantedInstances,
    ready,
    primary,
    failoverBlocked: failoverBlocked(view, step),
    blocked: step.blocked !== undefined,
    replicas: { wanted: view.wantedInstances - 1, inSync },
    troubles: [...obstacles, ...instances.flatMap(troubleOf)],
    configErrors: instances.flatMap(configErrorOf),
    specProblems: problems.map(({ message }) => message),
  };
  return { ...draft, phase: phaseOf(draft, view) };
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

function troubleOf({ name, pod }: InstanceView): readonly Obstacle[] {
  if (pod?.owner === 'foreign') {
    return [{ reason: 'PodNameTaken', message: `${name} exists and belongs to another controller` }];
  }
  if (pod?.trouble === undefined) return [];
  return [{ reason: pod.trouble.reason, message: `${name}: ${pod.trouble.message}` }];
}

function configErrorOf(instance: InstanceView): readonly Obstacle[] {
  const error = shownReportOf(instance)?.configError;
  return error === undefined ? [] : [{ reason: 'ConfigRejected', message: `${instance.name}: ${error}` }];
}

/** How long a new cluster may be incomplete before that is called degraded: pulling an image takes minutes. */
const creationPatience = minutes(5);

function phaseOf(draft: Omit<Assessment, 'phase'>, view: ClusterView): Phase {
  if (view.deleting) return 'Deleting';
  if (view.tenure.kind === 'unreadable' || draft.specProblems.length > 0) return 'Blocked';
  if (isFailingOver(view) && !draft.blocked) return 'FailingOver';
  const complete = draft.ready.length === draft.wanted && draft.primary.serves;
  if (complete && draft.replicas.inSync.length === draft.replicas.wanted) return 'Healthy';
  if (view.tenure.kind === 'vacant' || view.tenure.current === undefined) return 'Creating';
  const young = between(view.cluster.createdAt, view.now) < creationPatience;
  return young && draft.primary.serves ? 'Creating' : 'Degraded';
}

function isFailingOver({ tenure }: ClusterView): boolean {
  if (tenure.kind !== 'held') return false;
  const { fencedFor, current, target } = tenure;
  return fencedFor !== undefined || (current !== undefined && current !== target);
}
