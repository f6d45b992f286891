import { claimName, Label, podName } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { PersistentVolumeClaim } from '../../../kube/resources.ts';
import { unownedMeta } from './ownership.ts';
import { present } from './present.ts';

/**
 * The volume claim of pod number `ordinal`. It has no owner, so that the data outlives the cluster and a new cluster of
 * the same name takes it over.
 */
export function buildClaim(cluster: RedisCluster, ordinal: number): PersistentVolumeClaim {
  const { size, storageClassName } = cluster.spec.storage;
  const meta = unownedMeta(cluster, claimName(cluster.metadata.name, ordinal), 'database');
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...meta,
      labels: { ...meta.labels, [Label.instance]: podName(cluster.metadata.name, ordinal) },
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...present<{ storageClassName?: string }>({ storageClassName }),
    },
  };
}
