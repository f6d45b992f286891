import { plannedHandOver } from '../planned/decide.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf } from '../view.ts';

/** That the primary is to hand over, and why. */
export interface Wish {
  readonly because: string;
  /** Whom the wish names; undefined for whoever is best. */
  readonly to: string | undefined;
  /** The value of the annotation that the wish is; it is answered once, by a switchover or a refusal. */
  readonly requested: string | undefined;
  /** Only to an instance on a node that takes pods, and only while every other one there could follow as well. */
  readonly calmOnly: boolean;
}

/** One reason to hand over, judged from a view in which the primary of `tenure` serves. Undefined: not for this. */
export type HandoverReason = (tenure: HeldTenure, view: ClusterView) => Wish | undefined;

const wish = (because: string, more: Partial<Wish> = {}): Wish => ({
  because,
  to: undefined,
  requested: undefined,
  calmOnly: false,
  ...more,
});

/** redis.io/switchover-to names another pod than before. */
const theUserAsks: HandoverReason = (_tenure, { request: { to, answered } }) =>
  to === undefined || answered
    ? undefined
    : wish(`the user asked for ${to} (redis.io/switchover-to)`, { to, requested: to });

/** SIGTERM or eviction: its pod is to go. */
const itIsLeaving: HandoverReason = ({ target }, view) => {
  const primary = view.instances.get(target);
  const leaves = primary?.pod?.deleting === true || reportOf(primary)?.leaving === true;
  return leaves ? wish(`${target} is being stopped`) : undefined;
};

/** Its node is cordoned, or tainted by whoever is to drain it. Where objects are to be left alone, this one is. */
const itsNodeIsToBeDrained: HandoverReason = ({ target }, { instances, reconcileDisabled }) => {
  const node = instances.get(target)?.pod?.node;
  return node === undefined || node.schedulable || reconcileDisabled
    ? undefined
    : wish(`the node ${node.name ?? ''} of ${target} is to be drained`, { calmOnly: true });
};

/** A rolling update, or fewer instances to be, has come to the primary. */
const aPlanComesToIt: HandoverReason = (tenure, view) => {
  const planned = plannedHandOver(tenure, view);
  return planned === undefined ? undefined : wish(planned.because, { to: planned.to });
};

/** In the order in which they are heard: the first one that wishes anything is. */
const handoverReasons: readonly HandoverReason[] = [
  theUserAsks,
  itIsLeaving,
  itsNodeIsToBeDrained,
  aPlanComesToIt,
];

export const firstWish = (tenure: HeldTenure, view: ClusterView): Wish | undefined =>
  handoverReasons.reduce<Wish | undefined>((found, reason) => found ?? reason(tenure, view), undefined);

export const onGoodNode = ({ pod }: InstanceView): boolean => pod?.node.schedulable !== false;
