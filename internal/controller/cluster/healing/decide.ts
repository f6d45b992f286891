import { claimName } from '../../../../api/v1/names.ts';
import type { ClusterView, InstanceView, WantedStorage } from '../view.ts';
import { whyNobodyJoins } from './joining.ts';
import { decideTakeOver } from './take-over.ts';

/** What brings the pods and claims of a cluster back to what is wanted. All of a tick's steps are independent. */
export type HealingStep =
  | { readonly kind: 'createClaim'; readonly ordinal: number }
  | { readonly kind: 'createPod'; readonly ordinal: number }
  | { readonly kind: 'adoptPod'; readonly pod: string; readonly uid: string }
  | { readonly kind: 'deletePod'; readonly pod: string; readonly uid: string; readonly because: string }
  | { readonly kind: 'deleteClaim'; readonly claim: string; readonly uid: string; readonly because: string }
  | { readonly kind: 'labelRole'; readonly pod: string; readonly role: 'primary' | 'replica' };

/** The claims of a pod come before it; otherwise the order says nothing. Instances do not wait for one another. */
export function decideHealing(view: ClusterView): readonly HealingStep[] {
  if (view.deleting) return [];
  const takeOver = decideTakeOver(view);
  if (takeOver !== undefined) return takeOver;
  const labels = [...view.instances.values()].flatMap((instance) => labelStep(instance, view));
  if (view.reconcileDisabled) return labels;
  return [...[...view.instances.values()].flatMap((instance) => healInstance(instance, view)), ...labels];
}

function healInstance(instance: InstanceView, view: ClusterView): readonly HealingStep[] {
  const wanted = instance.ordinal < view.wantedInstances;
  const { pod } = instance;
  if (pod?.owner === 'foreign') return [];
  if (pod?.owner === 'orphan') return [{ kind: 'adoptPod', pod: instance.name, uid: pod.uid }];
  if (!wanted) return [];
  const replacement = view.storage.type === 'pvc' ? replaceClaim(instance, view) : undefined;
  if (replacement !== undefined) return replacement;
  const claim = claimStep(instance, view);
  if (pod === undefined && view.planned.hibernating) return [];
  if (pod === undefined && whyNobodyJoins(view) !== undefined) return claim;
  if (pod === undefined) return [...claim, { kind: 'createPod', ordinal: instance.ordinal }];
  const because = pod.deleting ? undefined : reasonToDelete(instance, view);
  return because === undefined
    ? claim
    : [...claim, { kind: 'deletePod', pod: instance.name, uid: pod.uid, because }];
}

function claimStep({ claim, ordinal }: InstanceView, { storage }: ClusterView): readonly HealingStep[] {
  return storage.type === 'pvc' && claim === undefined ? [{ kind: 'createClaim', ordinal }] : [];
}

/**
 * A claim that was never bound holds nothing, so it may be made anew; a bound one is never deleted. Undefined while the
 * claim may stay; without a step there is nothing to do but to wait until it is gone.
 */
function replaceClaim(instance: InstanceView, view: ClusterView): readonly HealingStep[] | undefined {
  const { claim, pod } = instance;
  if (claim === undefined || claim.bound || !classDiffers(claim.storageClassName, view.storage))
    return undefined;
  const because = `it was never bound and its storage class is not ${view.storage.storageClassName}`;
  const name = claimName(view.cluster.name, instance.ordinal);
  const steps: HealingStep[] = claim.deleting
    ? []
    : [{ kind: 'deleteClaim', claim: name, uid: claim.uid, because }];
  if (pod !== undefined && !pod.deleting) {
    steps.push({ kind: 'deletePod', pod: instance.name, uid: pod.uid, because: `${name}: ${because}` });
  }
  return steps;
}

/** Without a class in the spec the cluster's default decides, and whichever it chose is right. */
const classDiffers = (claimed: string | undefined, { storageClassName }: WantedStorage): boolean =>
  storageClassName !== undefined && claimed !== storageClassName;

/** Why a pod of ours is to be made anew on the same volume; undefined while it may stay. */
export function reasonToDelete(instance: InstanceView, view: ClusterView): string | undefined {
  const { pod } = instance;
  if (pod?.trouble === undefined) return undefined;
  if (pod.trouble.kind === 'over') return `it will not run again: ${pod.trouble.reason}`;
  const outdated = pod.specHash !== view.wantedHash.get(instance.name);
  return outdated ? `it does not run (${pod.trouble.reason}) and its spec has changed since` : undefined;
}

/** The label says what the tenure says, so that the replica Service never sends a client to the primary. */
function labelStep({ name, pod }: InstanceView, { tenure }: ClusterView): readonly HealingStep[] {
  if (pod?.owner !== 'ours' || pod.deleting || tenure.kind === 'unreadable') return [];
  const role = tenure.kind === 'held' && tenure.target === name ? 'primary' : 'replica';
  return pod.roleLabel === role ? [] : [{ kind: 'labelRole', pod: name, role }];
}
