import type { Pod } from '../../kube/resources.ts';
import type { PodTrouble } from './view.ts';

/**
 * Waiting reasons that do not pass by themselves, in the kubelet's words, and the one we show for each. The kubelet
 * alternates between an error and its back-off; one name for both keeps the status still.
 */
const stuckReasons: Readonly<Record<string, string>> = {
  ErrImagePull: 'ImagePullFailed',
  ImagePullBackOff: 'ImagePullFailed',
  ErrImageNeverPull: 'ImagePullFailed',
  InvalidImageName: 'InvalidImageName',
  CreateContainerConfigError: 'CreateContainerConfigError',
  CreateContainerError: 'CreateContainerError',
  RunContainerError: 'RunContainerError',
  CrashLoopBackOff: 'RedisFailedToStart',
};

/** Why a pod does not work, undefined while it does or may still be starting. */
export function podTrouble(pod: Pod): PodTrouble | undefined {
  const { status } = pod;
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') {
    const message = status.message ?? 'the pod has ended';
    return { kind: 'over', reason: status.reason ?? status.phase, message };
  }
  return containerTrouble(pod) ?? schedulingTrouble(pod);
}

function containerTrouble(pod: Pod): PodTrouble | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const { image, state, lastState } of statuses) {
    const reason = stuckReasons[state?.waiting?.reason ?? ''];
    if (reason === undefined) continue;
    const ended = lastState?.terminated;
    const message = ended?.message ?? (reason === 'ImagePullFailed' ? image : state?.waiting?.message) ?? '';
    return { kind: 'stuck', reason, message: firstLine(message) };
  }
  return undefined;
}

function schedulingTrouble(pod: Pod): PodTrouble | undefined {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return {
    kind: 'stuck',
    reason: scheduled.reason ?? 'Unschedulable',
    message: firstLine(scheduled.message ?? ''),
  };
}

/** Long enough for Redis's own words; the rest is in the pod. */
const longestMessage = 512;

const firstLine = (text: string): string => (text.trim().split('\n')[0] ?? '').slice(0, longestMessage);
