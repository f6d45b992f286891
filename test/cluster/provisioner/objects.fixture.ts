import type { PersistentVolumeClaim } from '../../../internal/kube/resources.ts';
import { planCluster } from '../plan.ts';
import {
  askedProvisioner,
  type PersistentVolume,
  provisionedBy,
  provisionerName,
  type StorageClass,
  selectedNode,
} from './kinds.ts';

export const { nodes } = planCluster('/cluster');

/** One that awaits its volume on the second node. */
export const claim: PersistentVolumeClaim = {
  metadata: {
    name: 'orders-data-0',
    namespace: 'shop',
    uid: '1f',
    resourceVersion: '7',
    annotations: { [askedProvisioner]: provisionerName, [selectedNode]: 'node-2' },
  },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '64Mi' } },
    storageClassName: 'standard',
  },
  status: { phase: 'Pending' },
};

export const annotated = (
  annotations: Readonly<Record<string, string>>,
  of: PersistentVolumeClaim = claim,
): PersistentVolumeClaim => ({ ...of, metadata: { ...of.metadata, annotations } });

export const storageClass: StorageClass = {
  metadata: { name: 'standard' },
  provisioner: provisionerName,
  reclaimPolicy: 'Delete',
};

/** Its folder. */
export const folder = '/cluster/node-2/volumes/pvc-1f_shop_orders-data-0';

/** One whose claim is gone. */
export const leftVolume: PersistentVolume = {
  metadata: {
    name: 'pvc-1f',
    uid: '2f',
    resourceVersion: '9',
    annotations: { [provisionedBy]: provisionerName },
  },
  spec: { persistentVolumeReclaimPolicy: 'Delete', hostPath: { path: folder } },
  status: { phase: 'Released' },
};
