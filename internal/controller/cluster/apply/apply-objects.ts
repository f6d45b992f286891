import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import { describeError } from '../../../errors.ts';
import { isRefused } from '../../../kube/errors.ts';
import type { Kube } from '../../../kube/kube.ts';
import type { KubeObject, ObjectKey, Resource } from '../../../kube/objects.ts';
import type { DesiredObject } from '../resources/desired-objects.ts';
import { differs } from './differs.ts';
import { foreignController } from './foreign.ts';

/** Pairs that were found the same. Neither of the two ever changes: objects of the caches are replaced. */
export type AsWanted = WeakMap<KubeObject, KubeObject>;

export interface ApplyPorts {
  readonly kube: Pick<Kube, 'get' | 'apply' | 'delete'>;
  readonly asWanted: AsWanted;
  /** The caches' copy of an object, which may be a moment old; undefined when they hold none. */
  cached(resource: Resource, key: ObjectKey): KubeObject | undefined;
}

/** Which object, as people name it: `Service shop-leader`. */
export type ObjectTitle = string;

export interface ForeignObject {
  readonly object: ObjectTitle;
  readonly controller: string;
}

export interface RefusedObject {
  readonly object: ObjectTitle;
  /** In the API server's words. */
  readonly because: string;
}

export interface ApplyReport {
  readonly applied: readonly ObjectTitle[];
  readonly unchanged: readonly ObjectTitle[];
  /** Left as they are, because they belong to somebody else. */
  readonly foreign: readonly ForeignObject[];
  /** Not as they should be, because the API server does not take them. */
  readonly refused: readonly RefusedObject[];
}

/**
 * Brings the objects of one cluster to what they should be, one after the other, and writes only what differs: a
 * RoleBinding is refused before its Role is there. What is refused keeps nothing else from being done; any other
 * KubeError ends it, and is what it rejects with.
 */
export async function applyObjects(
  cluster: RedisCluster,
  desired: readonly DesiredObject[],
  ports: ApplyPorts,
  signal?: AbortSignal,
): Promise<ApplyReport> {
  const outcomes: Outcome[] = [];
  for (const one of desired) outcomes.push(await applyObject(cluster, one, ports, signal));
  return {
    applied: outcomes.flatMap((outcome) => (outcome.kind === 'applied' ? [outcome.object] : [])),
    unchanged: outcomes.flatMap((outcome) => (outcome.kind === 'unchanged' ? [outcome.object] : [])),
    foreign: outcomes.flatMap((outcome) => (outcome.kind === 'foreign' ? [outcome] : [])),
    refused: outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome] : [])),
  };
}

/** Deletes those of `unwanted` that the cluster controls; resolves with their titles. */
export async function removeObjects(
  cluster: RedisCluster,
  unwanted: readonly DesiredObject[],
  ports: ApplyPorts,
  signal?: AbortSignal,
): Promise<readonly ObjectTitle[]> {
  const ours = unwanted.flatMap((one) => {
    const live = ports.cached(one.resource, keyOf(one));
    const owned = live?.metadata.ownerReferences?.some((owner) => owner.uid === cluster.metadata.uid);
    return owned === true && live?.metadata.uid !== undefined ? [{ ...one, uid: live.metadata.uid }] : [];
  });
  await settleAll(
    ours.map((one) =>
      ports.kube.delete(one.resource, keyOf(one), { preconditions: { uid: one.uid } }, signal),
    ),
  );
  return ours.map(titleOf);
}

type Outcome =
  | { readonly kind: 'applied' | 'unchanged'; readonly object: ObjectTitle }
  | ({ readonly kind: 'foreign' } & ForeignObject)
  | ({ readonly kind: 'refused' } & RefusedObject);

async function applyObject(
  cluster: RedisCluster,
  desired: DesiredObject,
  ports: ApplyPorts,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const object = titleOf(desired);
  const live =
    ports.cached(desired.resource, keyOf(desired)) ??
    // What the caches do not hold may still be there: made a moment ago, or without our labels.
    (await ports.kube.get(desired.resource, keyOf(desired), signal));
  if (live !== undefined && ports.asWanted.get(desired.object) === live) return { kind: 'unchanged', object };
  const controller =
    live === undefined ? undefined : foreignController({ ...live, kind: desired.resource.kind }, cluster);
  if (controller !== undefined) return { kind: 'foreign', object, controller };
  if (live !== undefined && !differs(desired.object, live)) {
    ports.asWanted.set(desired.object, live);
    return { kind: 'unchanged', object };
  }
  try {
    await ports.kube.apply(desired.resource, desired.object, signal);
    return { kind: 'applied', object };
  } catch (failure) {
    if (!isRefused(failure)) throw failure;
    return { kind: 'refused', object, because: describeError(failure) };
  }
}

const keyOf = ({ object }: DesiredObject): ObjectKey => ({
  namespace: object.metadata.namespace,
  name: object.metadata.name,
});

const titleOf = ({ resource, object }: DesiredObject): ObjectTitle =>
  `${resource.kind} ${object.metadata.name}`;

/** Waits for all, so that nothing runs on behind a failed tick. */
async function settleAll<Value>(promises: readonly Promise<Value>[]): Promise<readonly Value[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
