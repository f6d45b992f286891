import { serviceAccount } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { RoleBinding } from '../../../kube/resources.ts';
import { ownedMeta } from './ownership.ts';

/** Gives the instances' ServiceAccount the instances' Role. */
export function buildRoleBinding(cluster: RedisCluster): RoleBinding {
  const { namespace } = cluster.metadata;
  const name = serviceAccount(cluster.metadata.name);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: ownedMeta(cluster, name, 'access'),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
}
