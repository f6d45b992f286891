import { holdFor, type PlannedStep } from '../planned/step.ts';
import { firstLack, type Lack, lackOfLink } from '../planned/whole.ts';
import { lackOfRoom } from '../resize/room.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf } from '../view.ts';
import { knowsSettings, type Reason, reasonToReplace } from './reasons.ts';

/** A pod that is to be made anew, and why. */
export interface Outdated {
  readonly instance: InstanceView;
  readonly uid: string;
  readonly reason: Reason;
}

/**
 * The next step of a rolling update under a primary that serves; undefined when no pod is outdated. Replicas come first, the highest number first,
 * each when all others are whole; the primary last, once it has handed over.
 */
export function decideRollout(tenure: HeldTenure, view: ClusterView): PlannedStep | undefined {
  const outdated = outdatedPods(view);
  const replica = outdated.findLast(({ instance }) => instance.name !== tenure.target);
  if (replica !== undefined) return replaceReplica(replica, tenure, view);
  const [primary] = outdated;
  return primary === undefined ? undefined : replacePrimary(primary, tenure, view);
}

/** All pods of ours that are to be made anew, in the order of their numbers. Those beyond what is wanted only go. */
export const outdatedPods = (view: ClusterView): readonly Outdated[] =>
  [...view.instances.values()].flatMap((instance) => {
    const { pod, ordinal } = instance;
    if (pod === undefined || pod.deleting || ordinal >= view.wantedInstances) return [];
    const reason = reasonToReplace(instance, view);
    return reason === undefined ? [] : [{ instance, uid: pod.uid, reason }];
  });

/**
 * One that answers and cannot follow may be what the update is to mend. One that is silent, or is taking over the data,
 * is left to it.
 */
function replaceReplica(replica: Outdated, tenure: HeldTenure, view: ClusterView): PlannedStep {
  const { name } = replica.instance;
  const others = replicasBut(name, tenure, view);
  const missing =
    firstLack(others, tenure, view) ??
    lackThatForbids(replica.instance, tenure, view) ??
    lackOfWord(replica, view) ??
    lackOfRoom(replica.instance, view);
  if (missing !== undefined) return wait(missing);
  return view.planned.mayRoll ? remake(replica) : wait(queued);
}

function lackThatForbids(replica: InstanceView, tenure: HeldTenure, view: ClusterView): Lack | undefined {
  const lack = lackOfLink(replica, tenure, view);
  return lack?.mendable === true ? undefined : lack;
}

/** Settings that one instance has to be restarted for may be no news to the others yet: the order is known once all have looked. */
function lackOfWord(
  { reason }: Outdated,
  { instances, planned, wantedInstances }: ClusterView,
): Lack | undefined {
  if (reason.name !== 'Settings') return undefined;
  const unaware = [...instances.values()].find((instance) => {
    const report = reportOf(instance);
    return (
      instance.ordinal < wantedInstances && report !== undefined && !knowsSettings(report, planned.generation)
    );
  });
  if (unaware === undefined) return undefined;
  return { reason: 'OnItsWay', because: `${unaware.name} has yet to look at the new settings` };
}

function replacePrimary(primary: Outdated, tenure: HeldTenure, view: ClusterView): PlannedStep {
  const { target } = tenure;
  const others = replicasBut(target, tenure, view);
  const lack =
    firstLack(others, tenure, view) ?? lackOfWord(primary, view) ?? lackOfRoom(primary.instance, view);
  if (lack !== undefined) return wait(lack);
  const { primaryUpdate, dataEndsWithPod, mayRoll } = view.planned;
  const because = `${target} is the primary, and ${primary.reason.because}`;
  if (primaryUpdate === 'supervised') return wait({ reason: 'Approval', because });
  if (others.length > 0) {
    return wait(mayRoll ? { reason: 'HandOver', because } : queued);
  }
  const extra = [...view.instances.keys()].find((name) => name !== target);
  if (extra !== undefined) return wait({ reason: 'NotInSync', because: `${extra} is there, and not wanted` });
  if (dataEndsWithPod && primaryUpdate !== 'approved') {
    return wait({ reason: 'Approval', because: `${because}; its data would end with its pod` });
  }
  return mayRoll ? remake(primary) : wait(queued);
}

/** Of what is wanted: what is beyond that goes by itself, and follows nobody's update. */
const replicasBut = (name: string, { target }: HeldTenure, view: ClusterView): readonly InstanceView[] =>
  [...view.instances.values()].filter(
    (one) => one.name !== name && one.name !== target && one.ordinal < view.wantedInstances,
  );

const remake = ({ instance: { name: pod }, uid, reason: { because } }: Outdated): PlannedStep => ({
  kind: 'deletePod',
  operation: 'update',
  pod,
  uid,
  because,
});

const queued = { reason: 'Queued', because: 'as many other clusters as may be are being updated' } as const;

const wait = (hold: Parameters<typeof holdFor>[1]): PlannedStep => holdFor('update', hold);
