import { basename, join } from 'node:path';
import type { PersistentVolumeClaim } from '../../../internal/kube/resources.ts';
import { type NodePlan, volumesFolder } from '../plan.ts';
import {
  askedProvisioner,
  type PersistentVolume,
  provisionedBy,
  provisionerName,
  type StorageClass,
  selectedNode,
} from './kinds.ts';

/** What is to be done for a claim. Pure, as everything here is. */
export type Making =
  | { readonly kind: 'make'; readonly folder: string; readonly volume: PersistentVolume }
  | { readonly kind: 'refuse'; readonly because: string };

/** What is to be done with a volume that nobody claims any more. */
export type Removing =
  | { readonly kind: 'remove'; readonly folder: string }
  | { readonly kind: 'refuse'; readonly because: string };

/** It has no volume, asks us for one, and its pod has a node. */
export function awaitsVolume({ metadata, spec, status }: PersistentVolumeClaim): boolean {
  const { annotations = {}, deletionTimestamp } = metadata;
  return (
    status?.phase === 'Pending' &&
    (spec?.volumeName ?? '') === '' &&
    deletionTimestamp === undefined &&
    annotations[askedProvisioner] === provisionerName &&
    annotations[selectedNode] !== undefined
  );
}

/** For a claim that awaits a volume. `storageClass` is the one that it names, undefined if there is none. */
export function decideMaking(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  nodes: readonly NodePlan[],
): Making {
  const { annotations = {} } = claim.metadata;
  const node = nodes.find(({ name }) => name === annotations[selectedNode]);
  if (storageClass === undefined)
    return refuse(`there is no storage class ${claim.spec?.storageClassName ?? ''}`);
  if (storageClass.provisioner !== provisionerName)
    return refuse(`the storage class ${storageClass.metadata.name} belongs to ${storageClass.provisioner}`);
  if (node === undefined) return refuse(`there is no node ${annotations[selectedNode]}`);
  if (claim.spec?.volumeMode === 'Block') return refuse('a folder is no block device: volumeMode is Block');
  const { name, namespace, uid } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  const folder = join(volumesFolder(node), `${volumeName}_${namespace}_${name}`);
  if (!isVolumeOf(nodes, folder)) return refuse(`${folder} is no folder of a volume`);
  return { kind: 'make', folder, volume: volumeFor(claim, storageClass, { node, folder }) };
}

/** Its claim is gone, it goes with it, and it is ours. */
export const isLeft = ({ metadata, spec, status }: PersistentVolume): boolean =>
  status?.phase === 'Released' &&
  spec?.persistentVolumeReclaimPolicy === 'Delete' &&
  metadata.annotations?.[provisionedBy] === provisionerName;

/** For a volume that is left. Whoever may write volumes can write any path into one: only what we make is removed. */
export function decideRemoving({ spec }: PersistentVolume, nodes: readonly NodePlan[]): Removing {
  const folder = spec?.hostPath?.path ?? '';
  return isVolumeOf(nodes, folder)
    ? { kind: 'remove', folder }
    : refuse(`"${folder}" is no folder of a volume: it is not removed`);
}

/** It lies right in a node's folder of volumes, and is written without detours. */
const isVolumeOf = (nodes: readonly NodePlan[], folder: string): boolean =>
  nodes.some((node) => folder === join(volumesFolder(node), basename(folder)));

const refuse = (because: string): { readonly kind: 'refuse'; readonly because: string } => ({
  kind: 'refuse',
  because,
});

interface Place {
  readonly node: NodePlan;
  readonly folder: string;
}

function volumeFor(
  { metadata, spec }: PersistentVolumeClaim,
  storageClass: StorageClass,
  { node, folder }: Place,
): PersistentVolume {
  const { name, namespace = '', uid = '' } = metadata;
  const onNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [node.name] };
  return {
    metadata: { name: `pvc-${uid}`, annotations: { [provisionedBy]: provisionerName } },
    spec: {
      capacity: { storage: spec?.resources?.requests?.['storage'] ?? '0' },
      accessModes: [...(spec?.accessModes ?? [])],
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      hostPath: { path: folder, type: 'DirectoryOrCreate' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
    },
  };
}
