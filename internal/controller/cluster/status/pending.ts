import { Annotation, upgradeInPlace } from '../../../../api/v1/names.ts';
import type { RedisCluster, RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { resizesIn } from '../resize/decide.ts';
import { outdatedPods } from '../rollout/decide.ts';
import { growthOf } from '../storage/decide.ts';
import { type ClusterView, shownReportOf } from '../view.ts';
import { bounded } from './bounded.ts';

type PendingChanges = NonNullable<RedisClusterStatus['pendingChanges']>;

/** What was asked for and has no effect yet, and what it waits for: nothing is passed over in silence. */
export const pendingChanges = (cluster: RedisCluster, view: ClusterView): PendingChanges => [
  ...outdated(view),
  ...waitingSettings(view),
  ...waitingMemory(view),
  ...smallClaims(view),
  ...refusedHibernation(cluster, view),
  ...unansweredRequest(view),
  ...unknownUpgrade(cluster),
];

/** What redis-server takes at its start alone: one entry, or the largest cluster would have more than a status holds. */
function waitingSettings({ instances }: ClusterView): PendingChanges {
  const waiting = [...instances.values()].flatMap((instance) => {
    const names = (shownReportOf(instance)?.pendingRestart ?? []).filter((name) => name !== maxMemory);
    return names.length === 0 ? [] : [`${instance.name} takes ${names.join(', ')}`];
  });
  if (waiting.length === 0) return [];
  return [{ field: 'spec.redis', reason: bounded(`at its next start ${waiting.join('; ')}`) }];
}

const maxMemory = 'maxmemory';

/** It is set while Redis runs, once there is room for it, or for what is held. */
function waitingMemory({ instances }: ClusterView): PendingChanges {
  const waiting = [...instances.values()].flatMap((instance) => {
    const report = shownReportOf(instance);
    if (report?.pendingRestart.includes(maxMemory) !== true) return [];
    const until = report.memory?.maxMemoryWaitsFor === 'data' ? 'holds less data' : 'has more memory';
    return [`when ${instance.name} ${until}`];
  });
  if (waiting.length === 0) return [];
  return [{ field: 'spec.memory', reason: bounded(`maxmemory is set ${waiting.join(', ')}`) }];
}

/** Of a cluster that is looked after, status.rollingUpdate tells it. */
function outdated(view: ClusterView): PendingChanges {
  if (!view.reconcileDisabled) return [];
  return [
    ...outdatedPods(view).map(({ instance: { name }, reason: { because } }) => ({
      field: 'spec',
      reason: bounded(`${name} would have to be made anew, and the cluster is left alone: ${because}`),
    })),
    ...resizesIn(view).map(({ instance: { name }, resize: { because } }) => ({
      field: 'spec.resources',
      reason: bounded(`${name} would be resized in place, and the cluster is left alone: ${because}`),
    })),
  ];
}

const smallClaims = (view: ClusterView): PendingChanges =>
  growthOf(view).flatMap(({ kind, because }) =>
    kind === 'failed' ? [{ field: 'spec.storage.size', reason: bounded(because) }] : [],
  );

function refusedHibernation({ metadata }: RedisCluster, { planned }: ClusterView): PendingChanges {
  const value = metadata.annotations?.[Annotation.hibernation];
  const field = `metadata.annotations[${Annotation.hibernation}]`;
  if (value === undefined || value === 'off' || planned.hibernating) return [];
  const reason = value === 'on' ? 'its data would end with its pods' : 'it must be on or off';
  return [{ field, reason }];
}

function unknownUpgrade({ metadata }: RedisCluster): PendingChanges {
  const value = metadata.annotations?.[Annotation.upgradeManagers];
  if (value === undefined || value === upgradeInPlace) return [];
  const field = `metadata.annotations[${Annotation.upgradeManagers}]`;
  return [{ field, reason: `it must be ${upgradeInPlace}` }];
}

/** It is answered in the same tick, unless there is no primary that could hand over, or nobody to hand over to yet. */
const unansweredRequest = ({ request: { to, answered } }: ClusterView): PendingChanges =>
  to === undefined || answered
    ? []
    : [
        {
          field: `metadata.annotations[${Annotation.switchoverTo}]`,
          reason: 'it waits for a primary that serves, and for the pod that it names to be in sync and ready',
        },
      ];
