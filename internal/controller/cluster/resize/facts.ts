import { Container } from '../../../../api/v1/names.ts';
import type { Pod } from '../../../kube/resources.ts';
import type { PodResources, ResizeDelay } from '../view.ts';
import { asFilledIn } from './amounts.ts';

type Condition = NonNullable<NonNullable<Pod['status']>['conditions']>[number] & {
  /** The version of the spec that it speaks of. */
  readonly observedGeneration?: number;
};

/** What a pod says of the resources of its container `redis`. */
export function podResources({ metadata, spec, status }: Pod): PodResources | undefined {
  const container = spec?.containers.find(({ name }) => name === Container.redis);
  if (container === undefined) return undefined;
  const told = status?.containerStatuses?.find(({ name }) => name === Container.redis)?.resources;
  return {
    asked: asFilledIn(container.resources ?? {}),
    inForce: told === undefined ? undefined : asFilledIn(told),
    delay: delayIn((status?.conditions ?? []).filter((one) => !isOutdated(one, metadata.generation))),
  };
}

/** It speaks of an earlier wish. Kubernetes before 1.34 does not say of which one it speaks. */
const isOutdated = ({ observedGeneration }: Condition, generation: number | undefined): boolean =>
  observedGeneration !== undefined && generation !== undefined && observedGeneration < generation;

/** Whatever is not known to be for good may pass: the kubelet goes on trying. */
function delayIn(conditions: readonly Condition[]): ResizeDelay | undefined {
  const holds = (wanted: string): Condition | undefined =>
    conditions.find(({ type, status }) => type === wanted && status === 'True');
  const pending = holds('PodResizePending');
  if (pending !== undefined) {
    const kind = pending.reason === 'Infeasible' ? 'infeasible' : 'waits';
    return { kind, words: wordsOf(pending, 'its node has yet to take it up') };
  }
  const begun = holds('PodResizeInProgress');
  if (begun === undefined) return undefined;
  const kind = begun.reason === 'Error' ? 'fails' : 'waits';
  return { kind, words: wordsOf(begun, 'its node is at it') };
}

const wordsOf = ({ reason, message }: Condition, otherwise: string): string =>
  [reason, message].filter((words) => words !== undefined && words !== '').join(': ') || otherwise;
