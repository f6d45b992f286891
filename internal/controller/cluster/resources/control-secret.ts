import { controlAuthoritySecret, controlSecret } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { Secret } from '../../../kube/resources.ts';
import type { AuthorityMaterial, InstanceMaterial } from '../../../pki/material.ts';
import { ownedMeta } from './ownership.ts';

/** Mounted into every pod of the cluster. */
export const buildControlSecret = (cluster: RedisCluster, material: InstanceMaterial): Secret =>
  buildSecret(cluster, controlSecret(cluster.metadata.name), { ...material });

/** Mounted into no pod, and named by no Role: whoever reads it can speak for the operator. */
export const buildAuthoritySecret = (cluster: RedisCluster, material: AuthorityMaterial): Secret =>
  buildSecret(cluster, controlAuthoritySecret(cluster.metadata.name), { ...material });

const buildSecret = (
  cluster: RedisCluster,
  name: string,
  texts: Readonly<Record<string, string>>,
): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: ownedMeta(cluster, name, 'credentials'),
  type: 'Opaque',
  data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, btoa(text)])),
});
