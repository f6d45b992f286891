import { Annotation, Label } from '../../../api/v1/names.ts';
import { parseQuantity } from '../../../api/v1/quantity.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import { instant, parseRfc3339 } from '../../time/units.ts';
import { podTrouble } from './pod-trouble.ts';
import type { ClaimFacts, Ownership, PodFacts } from './view.ts';

/** On claims we make: the UID of the cluster object they were made, empty, for. */
export const madeFor = 'redis.io/made-for';
/** On pods: the fingerprint of the settings that redis-server was first started with. */
export const settingsHash = 'redis.io/settings-hash';

export interface Identity {
  readonly name: string;
  readonly uid: string;
}

/** What a decision needs to know of a pod, and nothing of the rest. */
export function podFacts(pod: Pod, cluster: Identity): PodFacts {
  const { metadata, status, spec } = pod;
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    ip: status?.podIP,
    nodeName: spec?.nodeName,
    phase: status?.phase ?? 'Pending',
    ready: conditionStatus(pod, 'Ready') === 'True',
    deleting: metadata.deletionTimestamp !== undefined,
    createdAt: parseRfc3339(metadata.creationTimestamp ?? '') ?? instant(0),
    specHash: builtFrom(metadata.annotations),
    owner: ownershipOf(pod, cluster),
    roleLabel: metadata.labels?.[Label.role],
    trouble: podTrouble(pod),
  };
}

/** Both hashes together: another one means that a pod made now would not be this pod. */
export function builtFrom(annotations: KubeObject['metadata']['annotations']): string {
  return `${annotations?.[Annotation.specHash] ?? ''}/${annotations?.[settingsHash] ?? ''}`;
}

export function claimFacts(claim: PersistentVolumeClaim, cluster: Identity): ClaimFacts {
  const { metadata, spec, status } = claim;
  return {
    uid: metadata.uid ?? '',
    bound: status?.phase === 'Bound' || spec?.volumeName !== undefined,
    deleting: metadata.deletionTimestamp !== undefined,
    storageClassName: spec?.storageClassName,
    requestedBytes: parseQuantity(spec?.resources?.requests?.['storage'] ?? '') ?? 0n,
    madeForThisCluster: metadata.annotations?.[madeFor] === cluster.uid,
  };
}

/**
 * Whose an object is. A controller of our kind and name with another UID is the same cluster before it was deleted and
 * made again (a restore by a backup tool): its orphans are ours to adopt.
 */
export function ownershipOf(object: KubeObject, cluster: Identity): Ownership {
  const controller = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (controller === undefined) return 'orphan';
  if (controller.uid === cluster.uid) return 'ours';
  const formerly =
    controller.kind === 'RedisCluster' &&
    controller.apiVersion.startsWith('redis.io/') &&
    controller.name === cluster.name;
  return formerly ? 'orphan' : 'foreign';
}

function conditionStatus(pod: Pod, type: string): string | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status;
}
