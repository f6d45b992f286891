import { group, serviceAccount } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { Role } from '../../../kube/resources.ts';
import { instanceSecrets } from './instance-secrets.ts';
import { ownedMeta } from './ownership.ts';

/**
 * All that an instance may do: read the record of its own cluster, and the Secrets that it mounts anyway. It writes
 * nothing, so a stolen token changes nothing. List and watch by name work because the instance asks with that name.
 */
export const buildRole = (cluster: RedisCluster): Role => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: ownedMeta(cluster, serviceAccount(cluster.metadata.name), 'access'),
  rules: [
    {
      apiGroups: [group],
      resources: ['redisclusters'],
      resourceNames: [cluster.metadata.name],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: instanceSecrets(cluster).map((secret) => secret.name),
      verbs: ['get'],
    },
  ],
});
