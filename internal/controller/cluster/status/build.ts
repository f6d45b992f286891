import { Annotation, Label } from '../../../../api/v1/names.ts';
import type { Problem, RedisCluster, RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { tenureFieldNames } from '../../../../api/v1/tenure.ts';
import type { Hold } from '../failover/step.ts';
import { present } from '../resources/present.ts';
import type { ClusterView } from '../view.ts';
import { assess } from './assess.ts';
import { conditionsOf } from './conditions.ts';
import { instancesStatus } from './instances.ts';
import { pendingChanges } from './pending.ts';

/** What could not be carried out in this tick, for people: the object, and the reason in the API server's words. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

export interface StatusInputs {
  readonly cluster: RedisCluster;
  readonly view: ClusterView;
  /** What holds of who is primary, and why: whatever was decided is recorded already. */
  readonly step: Hold;
  readonly obstacles: readonly Obstacle[];
  /** What is wrong with the spec. */
  readonly problems: readonly Problem[];
}

/**
 * The whole status as it should read now. Derived from view and step; of the previous status only the tenure is read,
 * and what must not change by being written again: when a condition changed, and what cannot be seen at the moment.
 */
export function buildStatus({ cluster, view, step, obstacles, problems }: StatusInputs): RedisClusterStatus {
  const previous = cluster.status;
  const assessment = assess({ view, step, obstacles, problems, previous });
  const claims = [...view.instances.values()].filter(({ claim }) => claim !== undefined);
  return present<RedisClusterStatus>({
    observedGeneration: cluster.metadata.generation,
    phase: assessment.phase,
    ...recordOf(cluster),
    instances: [...view.instances.values()].filter(({ pod }) => pod?.owner === 'ours').length,
    readyInstances: assessment.ready.length,
    instancesStatus: instancesStatus(view, previous?.instancesStatus ?? {}),
    healthyPVC: claims.filter(({ claim }) => claim?.bound).map(({ name }) => name),
    danglingPVC: view.danglingClaims.toSorted(byNumber),
    image: cluster.spec.imageName,
    selector: `${Label.cluster}=${cluster.metadata.name},${Label.workload}=data`,
    pendingChanges: pendingChanges(cluster, view),
    rollingUpdate: assessment.rollingUpdate,
    lastFailover: previous?.lastFailover,
    switchoverAnswered: answeredIn(cluster),
    lastSwitchover: previous?.lastSwitchover,
    conditions: conditionsOf(assessment, previous?.conditions ?? [], {
      now: view.now,
      generation: cluster.metadata.generation ?? 0,
    }),
  });
}

const byNumber = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

/** Once the annotation says something else, or nothing, the same may be asked for again. */
function answeredIn({ metadata, status }: RedisCluster): string | undefined {
  const answered = status?.switchoverAnswered;
  return metadata.annotations?.[Annotation.switchoverTo] === answered ? answered : undefined;
}

type TenureFields = Pick<RedisClusterStatus, (typeof tenureFieldNames)[number]>;

/** The tenure is changed by its own steps alone: here it stays exactly as it lies there, unreadable too. */
const recordOf = ({ status }: RedisCluster): Partial<TenureFields> =>
  present<TenureFields>(Object.fromEntries(tenureFieldNames.map((name) => [name, status?.[name]])));
