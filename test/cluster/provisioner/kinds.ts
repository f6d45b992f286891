import type { PersistentVolume as RawVolume } from 'kubernetes-types/core/v1.d.ts';
import type { StorageClass as RawClass } from 'kubernetes-types/storage/v1.d.ts';
import type { KubeObject, Resource } from '../../../internal/kube/objects.ts';

/** The kinds that nobody but a provisioner looks at, as the API server gives them. */
export type PersistentVolume = Omit<RawVolume, 'metadata'> & KubeObject;
export type StorageClass = Omit<RawClass, 'metadata'> & KubeObject;

export const persistentVolumes: Resource<PersistentVolume> = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
};
export const storageClasses: Resource<StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
};

/** Written by kube-controller-manager into a claim: whose business its volume is. */
export const askedProvisioner = 'volume.kubernetes.io/storage-provisioner';
/** Written by the scheduler into a claim: where the pod goes that waits for the volume. */
export const selectedNode = 'volume.kubernetes.io/selected-node';
/** Written into a volume: kube-controller-manager leaves its removal to the one that is named. */
export const provisionedBy = 'pv.kubernetes.io/provisioned-by';

/** As manifests/storage-class.yaml names us. */
export const provisionerName = 'redis.io/node-folder';
