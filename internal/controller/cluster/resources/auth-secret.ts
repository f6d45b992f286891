import { authSecret } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { Secret } from '../../../kube/resources.ts';
import { unownedMeta } from './ownership.ts';

/**
 * The password of a cluster whose user named no Secret. `password` is ASCII. Made once and never overwritten; without an
 * owner, because the data of a deleted cluster may be needed again, and so may what clients were configured with.
 */
export const buildAuthSecret = (cluster: RedisCluster, password: string): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: unownedMeta(cluster, authSecret(cluster.metadata.name), 'credentials'),
  type: 'Opaque',
  data: { password: btoa(password) },
});
