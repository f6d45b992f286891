import { byOffset, standing } from '../failover/candidates.ts';
import { decideHibernation } from '../hibernation/decide.ts';
import { decideResize } from '../resize/decide.ts';
import { decideRollout } from '../rollout/decide.ts';
import { decideScaleDown } from '../scale/decide.ts';
import { decideUpgrade } from '../upgrade/decide.ts';
import type { ClusterView, HeldTenure } from '../view.ts';
import { holdFor, type PlannedStep } from './step.ts';
import { lackOfPrimary, lackOfReplica } from './whole.ts';

type Planner = (tenure: HeldTenure, view: ClusterView) => PlannedStep | undefined;

/**
 * In the order of their urgency: what is under way first is done first. A pod that is made anew brings its new resources and
 * its new manager along.
 */
const planners: readonly Planner[] = [
  decideHibernation,
  decideScaleDown,
  decideRollout,
  decideResize,
  decideUpgrade,
];

/** The one next step of all planned operations; undefined when there is none to be done, or the user forbids it. */
export function decidePlanned(view: ClusterView): PlannedStep | undefined {
  const { tenure } = view;
  if (tenure.kind !== 'held') return undefined;
  const step = underTenure(tenure, view);
  const lack = step === undefined ? undefined : lackOfPrimary(tenure, view);
  return step === undefined || lack === undefined ? step : holdFor(step.operation, lack);
}

/** That the primary is to be handed over before a planned operation can go on. */
export interface PlannedHandOver {
  readonly because: string;
  /** To whom; undefined for whoever is best. */
  readonly to: string | undefined;
}

/**
 * Why the primary is to be handed over; undefined while it may stay. It is the same while the primary has closed its gate
 * for that very hand-over.
 */
export function plannedHandOver(tenure: HeldTenure, view: ClusterView): PlannedHandOver | undefined {
  const step = underTenure(tenure, view);
  if (step?.kind !== 'hold' || step.reason !== 'HandOver') return undefined;
  const to = step.operation === 'scaleDown' ? bestOfStaying(tenure, view) : undefined;
  return { because: step.because, to };
}

function underTenure(tenure: HeldTenure, view: ClusterView): PlannedStep | undefined {
  if (view.deleting || view.reconcileDisabled) return undefined;
  for (const decide of planners) {
    const step = decide(tenure, view);
    if (step !== undefined) return step;
  }
  return undefined;
}

/** Whoever is to go as well would only have to hand over again. */
function bestOfStaying(tenure: HeldTenure, view: ClusterView): string | undefined {
  const staying = standing(view).filter(({ name }) => {
    const instance = view.instances.get(name);
    const stays = instance !== undefined && instance.ordinal < view.wantedInstances;
    return stays && lackOfReplica(instance, tenure, view) === undefined;
  });
  return byOffset(staying)[0]?.name;
}
