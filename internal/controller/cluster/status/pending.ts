import { Annotation } from '../../../../api/v1/names.ts';
import { parseQuantity } from '../../../../api/v1/quantity.ts';
import type { RedisCluster, RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import type { ClusterView } from '../view.ts';

type PendingChanges = NonNullable<RedisClusterStatus['pendingChanges']>;

/** What was asked for and has no effect yet, and what it waits for: nothing is passed over in silence. */
export const pendingChanges = (cluster: RedisCluster, view: ClusterView): PendingChanges => [
  ...outdatedPods(view),
  ...smallClaims(cluster, view),
  ...idleAnnotations(cluster),
];

function outdatedPods({ instances, wantedHash }: ClusterView): PendingChanges {
  return [...instances.values()].flatMap(({ name, pod }) =>
    pod?.owner === 'ours' && wantedHash.has(name) && pod.specHash !== wantedHash.get(name)
      ? [
          {
            field: 'spec',
            reason: `${name} is older than the spec: what has changed takes effect when its pod is next made anew`,
          },
        ]
      : [],
  );
}

function smallClaims({ spec }: RedisCluster, { instances }: ClusterView): PendingChanges {
  const wanted = parseQuantity(spec.storage.size) ?? 0n;
  return [...instances.values()].flatMap(({ name, claim }) =>
    claim !== undefined && claim.requestedBytes < wanted
      ? [
          {
            field: 'spec.storage.size',
            reason: `the volume of ${name} is smaller: growing volumes is not supported yet`,
          },
        ]
      : [],
  );
}

const notYet = [Annotation.hibernation, Annotation.approvePrimaryUpdate, Annotation.switchoverTo] as const;

function idleAnnotations({ metadata }: RedisCluster): PendingChanges {
  return notYet
    .filter((name) => metadata.annotations?.[name] !== undefined)
    .map((name) => ({
      field: `metadata.annotations[${name}]`,
      reason: 'this annotation is not supported yet',
    }));
}
