import { holdFor, type PlannedStep } from '../planned/step.ts';
import { firstLack, type Lack, lackOfLink } from '../planned/whole.ts';
import type { ClusterView, HeldTenure, InstanceView } from '../view.ts';
import { lackOfRoom } from './room.ts';
import { lowersMemory, type Resize, resizeOf } from './state.ts';

/**
 * The next step towards the wanted resources of pods that can have them in place; undefined when there is none. Replicas come
 * first, the highest number first, one at a time, the primary last: nothing is restarted, so nobody hands over. What only
 * grows is not held up by instances that are not whole, and may be what they lack.
 */
export function decideResize(tenure: HeldTenure, view: ClusterView): PlannedStep | undefined {
  const resizes = resizesIn(view);
  const carriedOut = resizes.find(({ resize }) => resize.kind === 'carriedOut');
  if (carriedOut !== undefined) return recordResize(carriedOut);
  const underWay = resizes.find(({ resize }) => resize.kind === 'underWay');
  if (underWay !== undefined) {
    const because = `${underWay.instance.name} is being resized in place: ${underWay.resize.because}`;
    return wait({ reason: 'OnItsWay', because });
  }
  const due = resizes.filter(({ resize }) => resize.kind === 'due');
  const next = due.findLast(({ instance }) => instance.name !== tenure.target) ?? due[0];
  return next === undefined ? undefined : stepOf(next, tenure, view);
}

interface Resizing {
  readonly instance: InstanceView;
  readonly uid: string;
  readonly resize: Resize;
}

/** Pods whose resources are to be changed in place, in the order of their numbers. Those beyond what is wanted only go. */
export const resizesIn = (view: ClusterView): readonly Resizing[] =>
  [...view.instances.values()].flatMap((instance) => {
    const { pod, ordinal } = instance;
    if (pod === undefined || pod.deleting || ordinal >= view.wantedInstances) return [];
    const resize = resizeOf(instance, view);
    return resize === undefined || resize.kind === 'impossible' ? [] : [{ instance, uid: pod.uid, resize }];
  });

function stepOf({ instance, uid, resize }: Resizing, tenure: HeldTenure, view: ClusterView): PlannedStep {
  const { wanted, refused } = view.planned.resizes;
  if (refused !== undefined)
    return wait({ reason: 'Refused', because: `${instance.name}: ${refused.because}` });
  const lack = lowersMemory(instance, wanted) ? lackOfShrinking(instance, tenure, view) : undefined;
  if (lack !== undefined) return wait(lack);
  const { name: pod } = instance;
  return {
    kind: 'resizePod',
    operation: 'resize',
    pod,
    uid,
    resources: wanted,
    because: resize.because,
  };
}

/** It has room, and if it were ended by the kernel all the same, another one could go on. */
function lackOfShrinking(instance: InstanceView, tenure: HeldTenure, view: ClusterView) {
  const others = [...view.instances.values()].filter(
    ({ name, ordinal }) => name !== instance.name && name !== tenure.target && ordinal < view.wantedInstances,
  );
  const own: Lack | undefined =
    instance.name === tenure.target ? undefined : lackOfLink(instance, tenure, view);
  return lackOfRoom(instance, view) ?? own ?? firstLack(others, tenure, view);
}

const recordResize = ({ instance: { name: pod }, uid, resize: { because } }: Resizing): PlannedStep => ({
  kind: 'recordResize',
  operation: 'resize',
  pod,
  uid,
  because,
});

const wait = (hold: Parameters<typeof holdFor>[1]): PlannedStep => holdFor('resize', hold);
