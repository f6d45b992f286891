import { type ClusterView, type InstanceView, reportOf } from '../view.ts';
import type { HealingStep } from './decide.ts';

type Running = InstanceView & { readonly pod: NonNullable<InstanceView['pod']> };

/**
 * Pods under our names that no operator of this kind has made, as those of the Go operator are: they answer no command, so
 * nobody can keep them from taking writes, and while one of them is there nobody may be appointed beside it.
 */
export function strangersIn(view: ClusterView): readonly Running[] {
  if (view.tenure.kind === 'held') return [];
  return [...view.instances.values()].flatMap(({ pod, ...instance }) => {
    const unknown = pod !== undefined && pod.owner !== 'foreign' && pod.parts === undefined;
    return unknown && reportOf({ ...instance, pod }) === undefined ? [{ ...instance, pod }] : [];
  });
}

/** What keeps such a cluster as it is, in words; undefined when nothing does, or there is none. */
export function whyNotTakenOver(view: ClusterView): string | undefined {
  const names = strangersIn(view).map(({ name }) => name);
  if (names.length === 0) return undefined;
  const found = `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} made by another operator`;
  if (view.storage.type !== 'pvc') return `${found}, and the data would end with the pods`;
  if (view.takeOverAsked) return undefined;
  return `${found}: stop that one, then annotate the cluster with redis.io/take-over=true; all pods end at once, and their volumes stay`;
}

/**
 * What is done about them, and nothing else: they end all at once, for two managers of one cluster would not know of each
 * other. Before that every volume is seen, since whoever has one is waited for at the first appointment.
 */
export function decideTakeOver(view: ClusterView): readonly HealingStep[] | undefined {
  const strangers = strangersIn(view);
  if (strangers.length === 0) return undefined;
  if (view.reconcileDisabled || whyNotTakenOver(view) !== undefined) return [];
  const unseen = strangers.filter(({ claim }) => claim === undefined);
  if (unseen.length > 0) return unseen.map(({ ordinal }) => ({ kind: 'createClaim', ordinal }));
  return strangers.flatMap(({ name: pod, pod: { uid, owner, deleting } }): readonly HealingStep[] => {
    if (owner === 'orphan') return [{ kind: 'adoptPod', pod, uid }];
    return deleting ? [] : [{ kind: 'deletePod', pod, uid, because }];
  });
}

const because = 'it was made by another operator, whose cluster is taken over (redis.io/take-over)';
