import { serviceAccount } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { ServiceAccount } from '../../../kube/resources.ts';
import { ownedMeta } from './ownership.ts';

/** Who the instances are. Its token is mounted into our pods, which ask for it, and into no other by mistake. */
export const buildServiceAccount = (cluster: RedisCluster): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: ownedMeta(cluster, serviceAccount(cluster.metadata.name), 'access'),
  automountServiceAccountToken: false,
});
