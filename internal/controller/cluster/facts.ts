import { Annotation, Container, Label } from '../../../api/v1/names.ts';
import { parseQuantity } from '../../../api/v1/quantity.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import { instant, parseRfc3339 } from '../../time/units.ts';
import { podTrouble } from './pod-trouble.ts';
import { podResources } from './resize/facts.ts';
import { partsAnnotation, readParts } from './resources/pod-parts.ts';
import type { ClaimFacts, ContainerEnd, GrowthRefusal, NodeFacts, Ownership, PodFacts } from './view.ts';

/** On claims we make: the UID of the cluster object they were made, empty, for. */
export const madeFor = 'redis.io/made-for';
/** On pods: the fingerprint of the settings that redis-server was first started with. */
export const settingsHash = 'redis.io/settings-hash';

export interface Identity {
  readonly name: string;
  readonly uid: string;
}

/** What a decision needs to know of a pod, and nothing of the rest. */
export function podFacts(pod: Pod, cluster: Identity, node: NodeFacts): PodFacts {
  const { metadata, status } = pod;
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    ip: status?.podIP,
    node,
    ended: containerEnd(pod),
    phase: status?.phase ?? 'Pending',
    ready: conditionStatus(pod, 'Ready') === 'True',
    deleting: metadata.deletionTimestamp !== undefined,
    createdAt: parseRfc3339(metadata.creationTimestamp ?? '') ?? instant(0),
    specHash: builtFrom(metadata.annotations),
    parts: readParts(metadata.annotations?.[partsAnnotation]),
    resources: podResources(pod),
    owner: ownershipOf(pod, cluster),
    roleLabel: metadata.labels?.[Label.role],
    trouble: podTrouble(pod),
  };
}

/** How Redis's container ended, if it has and was not started again since; the kubelet says so of what it has seen. */
function containerEnd({ status }: Pod): ContainerEnd | undefined {
  const container = status?.containerStatuses?.find(({ name }) => name === Container.redis);
  const { state, lastState } = container ?? {};
  const ended = state?.terminated ?? (state?.waiting === undefined ? undefined : lastState?.terminated);
  if (ended === undefined) return undefined;
  const words = `${ended.reason ?? 'it ended'} with code ${ended.exitCode}`;
  return { id: `${ended.containerID ?? ''}/${ended.finishedAt ?? ''}`, words };
}

/** Whoever is about to empty a node says so by one of these, besides cordoning it or instead. */
const drainTaints: readonly string[] = [
  'node.kubernetes.io/unschedulable',
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
];
const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

/** A node that is not in the cache says nothing: neither that it takes pods nor that it is off. */
export function nodeFacts(name: string | undefined, node: Node | undefined): NodeFacts {
  const { spec } = node ?? {};
  return {
    name,
    schedulable:
      spec?.unschedulable !== true && spec?.taints?.some(({ key }) => drainTaints.includes(key)) !== true,
    outOfService: spec?.taints?.some(({ key }) => key === outOfServiceTaint) === true,
  };
}

/** Both hashes together: another one means that a pod made now would not be this pod. */
export function builtFrom(annotations: KubeObject['metadata']['annotations']): string {
  return `${annotations?.[Annotation.specHash] ?? ''}/${annotations?.[settingsHash] ?? ''}`;
}

export function claimFacts(
  claim: PersistentVolumeClaim,
  cluster: Identity,
  refusal: GrowthRefusal | undefined,
): ClaimFacts {
  const { metadata, spec, status } = claim;
  return {
    uid: metadata.uid ?? '',
    bound: status?.phase === 'Bound' || spec?.volumeName !== undefined,
    deleting: metadata.deletionTimestamp !== undefined,
    storageClassName: spec?.storageClassName,
    requestedBytes: parseQuantity(spec?.resources?.requests?.['storage'] ?? '') ?? 0n,
    capacityBytes: parseQuantity(status?.capacity?.['storage'] ?? ''),
    resizeError: resizeError(claim),
    refusal,
    madeForThisCluster: metadata.annotations?.[madeFor] === cluster.uid,
  };
}

function resizeError({ status }: PersistentVolumeClaim): string | undefined {
  const failed = status?.conditions?.find(
    ({ type, status: holds }) => /^(Controller|Node)ResizeError$/.test(type) && holds === 'True',
  );
  return failed === undefined ? undefined : (failed.message ?? failed.reason ?? failed.type).slice(0, 512);
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
