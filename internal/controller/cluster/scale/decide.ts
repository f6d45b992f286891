import { holdFor, type PlannedStep } from '../planned/step.ts';
import { type Lack, lackOfReplica } from '../planned/whole.ts';
import { type ClusterView, type HeldTenure, type InstanceView, type PodFacts, reportOf } from '../view.ts';

/**
 * The next step down to the number of instances that is wanted, under a primary that serves; undefined when there is none beyond it. The highest
 * number goes first, one at a time. Claims are never touched. Upwards nothing has to be decided: what is missing is made.
 */
export function decideScaleDown(tenure: HeldTenure, view: ClusterView): PlannedStep | undefined {
  const surplus = surplusInstances(view);
  const highest = surplus.at(-1);
  if (highest === undefined) return undefined;
  const lack = goingAlready(surplus) ?? lackOfStaying(highest, tenure, view);
  if (lack !== undefined) return holdFor('scaleDown', lack);
  const because = `only ${instancesText(view.wantedInstances)} wanted`;
  if (highest.name === tenure.target) {
    return holdFor('scaleDown', {
      reason: 'HandOver',
      because: `${highest.name} is the primary, and ${because}`,
    });
  }
  const { name: pod, uid } = highest.pod;
  return { kind: 'deletePod', operation: 'scaleDown', pod, uid, because };
}

const instancesText = (count: number): string => (count === 1 ? 'one instance is' : `${count} instances are`);

type Surplus = InstanceView & { readonly pod: PodFacts };

/** Pods of ours beyond what is wanted, in the order of their numbers. */
export const surplusInstances = (view: ClusterView): readonly Surplus[] =>
  [...view.instances.values()].flatMap((instance) => {
    const { pod, ordinal } = instance;
    return ordinal >= view.wantedInstances && pod?.owner === 'ours' ? [{ ...instance, pod }] : [];
  });

function goingAlready(surplus: readonly Surplus[]): Lack | undefined {
  const going = surplus.find(({ pod }) => pod.deleting);
  return going === undefined ? undefined : { reason: 'OnItsWay', because: `${going.name} is being ended` };
}

/** Nobody goes before those that stay are whole, but for one that does not run at all. */
function lackOfStaying(going: Surplus, tenure: HeldTenure, view: ClusterView): Lack | undefined {
  if (isOfNoUse(going, tenure)) return undefined;
  const staying = [...view.instances.values()].filter(
    ({ name, ordinal }) => name !== tenure.target && ordinal < view.wantedInstances,
  );
  const lacks = staying.flatMap(
    (one) => lackOfReplica(one, tenure, view) ?? lackOfData(one, going, tenure, view) ?? [],
  );
  return lacks[0];
}

const isOfNoUse = (going: Surplus, { target }: HeldTenure): boolean =>
  going.name !== target && going.pod.trouble !== undefined && reportOf(going) === undefined;

/** A write that WAIT confirmed may be on the replica that goes, and on no other: what it has, all others must have. */
function lackOfData(
  staying: InstanceView,
  going: Surplus,
  tenure: HeldTenure,
  { policy }: ClusterView,
): Lack | undefined {
  if (policy.minSyncReplicas === 0 || going.name === tenure.target) return undefined;
  const [ours, theirs] = [reportOf(staying)?.offset ?? 0, reportOf(going)?.offset ?? 0];
  return ours >= theirs
    ? undefined
    : { reason: 'OnItsWay', because: `${staying.name} has yet to reach the offset of ${going.name}` };
}
