import { minutes } from '../../../time/units.ts';
import {
  type ClusterView,
  type InstanceView,
  type PodFacts,
  type PodResources,
  type ResizesView,
  type Resources,
  reportOf,
} from '../view.ts';
import { changesBetween, isGuaranteed, memoryLimitOf, sameResources } from './amounts.ts';

/**
 * How a pod whose resources are not the wanted ones gets them. `due`: nobody has asked for them yet; `underWay`: they were
 * asked for; `carriedOut`: they are in force, and the pod's own record has yet to say so; `impossible`: not in place.
 */
export type Resize =
  | { readonly kind: 'due'; readonly because: string }
  | { readonly kind: 'underWay'; readonly because: string }
  | { readonly kind: 'carriedOut'; readonly because: string }
  | { readonly kind: 'impossible'; readonly because: string };

/**
 * So long the kubelet may take. It tries what it has deferred every three minutes, and whenever a pod of its node ends: this is
 * three times, and longer than a node needs to come back. A pod made anew may find room on another node.
 */
export const resizePatience = minutes(10);
/**
 * What has failed is tried again whenever the kubelet looks at the pod, once a minute or so. What fails twice goes on failing: most
 * often it is a limit below what the container uses with the pages of its files, which a node without need never takes back.
 */
export const failurePatience = minutes(2);

/** In a pod's record of what it was made from: its resources are being changed in place, so nothing is known of them. */
export const beingChanged = 'being changed in place';

type Planned = Pick<ClusterView, 'planned'>;

/** Undefined when the resources are as wanted, or the pod is not ours. */
export function resizeOf(instance: InstanceView, { planned }: Planned): Resize | undefined {
  const { pod } = instance;
  const [was, is] = [pod?.parts?.resources, planned.parts.resources];
  // A pod that says nothing of them is none that could be judged by them.
  if (pod?.owner !== 'ours' || was === undefined || is === undefined || was === is) return undefined;
  const { resources } = pod;
  const { wanted, waits } = planned.resizes;
  const why = whyNotInPlace(instance, pod, planned.resizes);
  if (resources === undefined || why !== undefined) {
    const but = why === undefined ? '' : `, and not in place: ${why}`;
    return { kind: 'impossible', because: `its resources have changed${but}` };
  }
  return sameResources(resources.asked, wanted)
    ? asked(resources, wanted, waits.get(pod.uid) ?? 0)
    : {
        kind: 'due',
        because: `its resources have changed: ${changesBetween(resources.asked, wanted).join(', ')}`,
      };
}

/** How far it has come with what it was asked for. */
function asked({ inForce, delay }: PodResources, wanted: Resources, waited: number): Resize {
  if (delay === undefined && inForce !== undefined && sameResources(inForce, wanted)) {
    return { kind: 'carriedOut', because: 'its resources have changed' };
  }
  const because = delay?.words ?? 'its node has yet to say that it has';
  return waited < (delay?.kind === 'fails' ? failurePatience : resizePatience)
    ? { kind: 'underWay', because }
    : { kind: 'impossible', because: `its resources have changed, and not in place in time: ${because}` };
}

function whyNotInPlace(
  instance: InstanceView,
  { resources }: PodFacts,
  { wanted, allowed, refused }: ResizesView,
): string | undefined {
  if (!allowed) return 'the operator was told not to';
  if (refused !== undefined && !refused.anewToo) return refused.because;
  if (resources === undefined) return undefined;
  const { asked, delay } = resources;
  if (delay?.kind === 'infeasible' && sameResources(asked, wanted)) return delay.words;
  // The init container, which stays as it is, would keep the pod in a class that the user does not want any more.
  if (isGuaranteed(asked) !== isGuaranteed(wanted)) return 'its QoS class would change';
  const report = reportOf(instance);
  const isMute = report !== undefined && report.memory === undefined;
  return isMute && lowersMemory(instance, wanted)
    ? 'its manager is too old to say how much memory it needs'
    : undefined;
}

/** Whether the pod may have less memory then than it has now. */
export function lowersMemory({ pod }: InstanceView, wanted: ResizesView['wanted']): boolean {
  const { inForce, asked } = pod?.resources ?? {};
  const most = memoryLimitOf(wanted);
  const now = [inForce, asked].flatMap((one) => (one === undefined ? [] : [memoryLimitOf(one)]));
  return most !== undefined && now.some((limit) => limit === undefined || limit > most);
}
