import { Label } from '../../../../api/v1/names.ts';
import type { RedisCluster, RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { toRfc3339 } from '../../../time/units.ts';
import type { AppointmentStep } from '../appointment/decide.ts';
import { present } from '../resources/present.ts';
import type { ClusterView } from '../view.ts';
import { assess } from './assess.ts';
import { conditionsOf } from './conditions.ts';
import { instancesStatus } from './instances.ts';

/** What could not be carried out in this tick, for people: the object, and the reason in the API server's words. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

export interface StatusInputs {
  readonly cluster: RedisCluster;
  readonly view: ClusterView;
  readonly step: AppointmentStep;
  readonly obstacles: readonly Obstacle[];
}

/**
 * The whole status as it should read now. Derived from view and step; of the previous status only the tenure is read,
 * and what must not change by being written again: when a condition changed, and what cannot be seen at the moment.
 */
export function buildStatus({ cluster, view, step, obstacles }: StatusInputs): RedisClusterStatus {
  const assessment = assess({ view, step, obstacles, spec: cluster.spec });
  const previous = cluster.status;
  const claims = [...view.instances.values()].filter(({ claim }) => claim !== undefined);
  return present<RedisClusterStatus>({
    observedGeneration: cluster.metadata.generation,
    phase: assessment.phase,
    ...tenureAfter(step, cluster, view),
    instances: [...view.instances.values()].filter(({ pod }) => pod?.owner === 'ours').length,
    readyInstances: assessment.ready.length,
    instancesStatus: instancesStatus(view, previous?.instancesStatus ?? {}),
    healthyPVC: claims.filter(({ claim }) => claim?.bound).map(({ name }) => name),
    image: cluster.spec.imageName,
    selector: `${Label.cluster}=${cluster.metadata.name},${Label.workload}=data`,
    pendingChanges: pendingChanges(view),
    conditions: conditionsOf(assessment, previous?.conditions ?? [], {
      now: view.now,
      generation: cluster.metadata.generation ?? 0,
    }),
  });
}

type TenureFields = Pick<
  RedisClusterStatus,
  'term' | 'targetPrimary' | 'currentPrimary' | 'primarySince' | 'primaryFencedSince'
>;

/** The record that the step leaves behind. Unreadable or untouched, it stays exactly as it lies there. */
function tenureAfter(step: AppointmentStep, cluster: RedisCluster, view: ClusterView): Partial<TenureFields> {
  const { term, targetPrimary, currentPrimary, primarySince, primaryFencedSince } = cluster.status ?? {};
  const record = present<TenureFields>({
    term,
    targetPrimary,
    currentPrimary,
    primarySince,
    primaryFencedSince,
  });
  switch (step.kind) {
    case 'hold':
      return record;
    case 'appoint':
      return { ...record, term: step.term, targetPrimary: step.pod };
    case 'confirm':
      return { ...record, currentPrimary: step.pod, primarySince: toRfc3339(view.now) };
  }
}

/** Spec changes wait until a pod is next made anew; nothing that was asked for is passed over in silence. */
function pendingChanges(view: ClusterView): RedisClusterStatus['pendingChanges'] {
  return [...view.instances.values()].flatMap(({ name, pod }) =>
    pod?.owner === 'ours' && view.wantedHash.has(name) && pod.specHash !== view.wantedHash.get(name)
      ? [
          {
            field: 'spec',
            reason: `${name} was made before the spec changed: the change takes effect when its pod is next made anew`,
          },
        ]
      : [],
  );
}
