import { holdFor, type PlannedStep } from '../planned/step.ts';
import type { ClusterView, HeldTenure, InstanceView } from '../view.ts';

/**
 * The next step into hibernation; undefined when the cluster is to be awake, or sleeps already. Replicas end first, so that
 * the volume of the primary has everything; healing makes no pod until the cluster is woken.
 */
export function decideHibernation(tenure: HeldTenure, view: ClusterView): PlannedStep | undefined {
  if (!view.planned.hibernating) return undefined;
  const there = podsOf(view);
  const replica = there.findLast(({ name, pod }) => name !== tenure.target && !pod.deleting);
  if (replica !== undefined) return end(replica);
  const going = there.find(({ name }) => name !== tenure.target) ?? there.find(({ pod }) => pod.deleting);
  if (going !== undefined) {
    return holdFor('hibernate', { reason: 'OnItsWay', because: `${going.name} is being ended` });
  }
  const [primary] = there;
  return primary === undefined ? undefined : end(primary);
}

/** Nothing of it runs any more. */
export const isAsleep = (view: ClusterView): boolean => view.planned.hibernating && podsOf(view).length === 0;

type Running = InstanceView & { readonly pod: NonNullable<InstanceView['pod']> };

const podsOf = ({ instances }: ClusterView): readonly Running[] =>
  [...instances.values()].flatMap(({ pod, ...instance }) =>
    pod?.owner === 'ours' ? [{ ...instance, pod }] : [],
  );

const end = ({ name, pod: { uid } }: Running): PlannedStep => ({
  kind: 'deletePod',
  operation: 'hibernate',
  pod: name,
  uid,
  because: 'the cluster is to hibernate (redis.io/hibernation)',
});
