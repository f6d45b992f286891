import type { Phase, Problem } from '../../../../api/v1/redis-cluster.ts';
import { between, minutes } from '../../../time/units.ts';
import type { AppointmentStep } from '../appointment/decide.ts';
import { type ClusterView, type InstanceView, reportOf } from '../view.ts';
import type { Obstacle } from './build.ts';

/** What the conditions and the phase are made from. */
export interface Assessment {
  readonly phase: Phase;
  readonly wanted: number;
  readonly ready: readonly string[];
  readonly primary: { readonly name: string | undefined; readonly serves: boolean; readonly doubt: string };
  readonly replicas: { readonly wanted: number; readonly inSync: readonly string[] };
  readonly troubles: readonly Obstacle[];
  readonly configErrors: readonly Obstacle[];
  readonly specProblems: readonly string[];
}

export interface AssessmentInputs {
  readonly view: ClusterView;
  readonly step: AppointmentStep;
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
    replicas: { wanted: view.wantedInstances - 1, inSync },
    troubles: [...obstacles, ...instances.flatMap(troubleOf)],
    configErrors: instances.flatMap(configErrorOf),
    specProblems: problems.map(({ message }) => message),
  };
  return { ...draft, phase: phaseOf(draft, view) };
}

function primaryOf(view: ClusterView, step: AppointmentStep): Assessment['primary'] {
  if (view.tenure.kind !== 'held') return { name: undefined, serves: false, doubt: step.because };
  const { target, term } = view.tenure;
  const report = reportOf(view.instances.get(target));
  const serves = report?.role === 'primary' && report.term === term;
  return { name: target, serves, doubt: step.because };
}

const isReady = ({ pod }: InstanceView): boolean => pod?.ready === true && !pod.deleting;

function followsInSync(instance: InstanceView, primary: string | undefined): boolean {
  const upstream = reportOf(instance)?.upstream;
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
  const error = reportOf(instance)?.configError;
  return error === undefined ? [] : [{ reason: 'ConfigRejected', message: `${instance.name}: ${error}` }];
}

/** How long a new cluster may be incomplete before that is called degraded: pulling an image takes minutes. */
const creationPatience = minutes(5);

function phaseOf(draft: Omit<Assessment, 'phase'>, view: ClusterView): Phase {
  if (view.deleting) return 'Deleting';
  if (view.tenure.kind === 'unreadable' || draft.specProblems.length > 0) return 'Blocked';
  const complete = draft.ready.length === draft.wanted && draft.primary.serves;
  if (complete && draft.replicas.inSync.length === draft.replicas.wanted) return 'Healthy';
  if (view.tenure.kind === 'vacant' || view.tenure.current === undefined) return 'Creating';
  const young = between(view.cluster.createdAt, view.now) < creationPatience;
  return young && draft.primary.serves ? 'Creating' : 'Degraded';
}
