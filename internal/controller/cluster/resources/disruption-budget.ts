import { disruptionBudget } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { PodDisruptionBudget } from '../../../kube/resources.ts';
import { dataSelector, ownedMeta } from './ownership.ts';

/**
 * At most one instance is evicted at a time. A cluster of one may be drained too, because a budget that forbids the only
 * pod's eviction only makes administrators delete it by force; and a pod that is not ready holds up nobody's drain.
 */
export const buildDisruptionBudget = (cluster: RedisCluster): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: ownedMeta(cluster, disruptionBudget(cluster.metadata.name), 'availability'),
  spec: {
    maxUnavailable: 1,
    selector: { matchLabels: dataSelector(cluster) },
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  },
});
