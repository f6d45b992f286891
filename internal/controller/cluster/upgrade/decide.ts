import { holdFor, type PlannedStep } from '../planned/step.ts';
import { firstLack } from '../planned/whole.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf } from '../view.ts';

/**
 * The next step towards managers of this operator's own version, where the user asked for that; undefined when all are.
 * Replicas come first, the highest number first, the primary last, each only when the one before is back and all are
 * whole. Redis goes on meanwhile, so nobody hands over. One that refuses ends it: what it refuses, others would take.
 */
export function decideUpgrade(tenure: HeldTenure, view: ClusterView): PlannedStep | undefined {
  const { wanted } = view.planned.managers;
  if (wanted === undefined) return undefined;
  const underWay = wantedInstances(view).find((instance) => isUnderWay(instance, wanted, view));
  if (underWay !== undefined) {
    return wait({ reason: 'OnItsWay', because: `the manager of ${underWay.name} is being replaced` });
  }
  const outdated = outdatedManagers(view);
  const next = outdated.findLast(({ instance }) => instance.name !== tenure.target) ?? outdated[0];
  return next === undefined ? undefined : stepOf(next, wanted, tenure, view);
}

interface Outdated {
  readonly instance: InstanceView;
  readonly uid: string;
  readonly version: string;
}

/** The instances whose manager says that it is of another version, in the order of their numbers. */
const outdatedManagers = (view: ClusterView): readonly Outdated[] =>
  wantedInstances(view).flatMap((instance) => {
    const report = reportOf(instance);
    if (report === undefined || report.managerVersion === view.planned.managers.wanted) return [];
    return [{ instance, uid: report.podUID, version: report.managerVersion }];
  });

/** Those beyond what is wanted only go. */
const wantedInstances = (view: ClusterView): readonly InstanceView[] =>
  [...view.instances.values()].filter(({ ordinal }) => ordinal < view.wantedInstances);

/** It is taking in the binary, or has: until it says that it is of that version, it may be away for a moment. */
function isUnderWay(instance: InstanceView, wanted: string, { planned }: ClusterView): boolean {
  const { pod } = instance;
  const attempt = pod === undefined ? undefined : planned.managers.attempts.get(pod.uid);
  return attempt?.kind === 'underWay' && reportOf(instance)?.managerVersion !== wanted;
}

function stepOf(
  { instance: { name: pod }, uid, version }: Outdated,
  wanted: string,
  tenure: HeldTenure,
  view: ClusterView,
): PlannedStep {
  const replicas = wantedInstances(view).filter(({ name }) => name !== tenure.target);
  const lack = firstLack(replicas, tenure, view);
  if (lack !== undefined) return wait(lack);
  const attempt = view.planned.managers.attempts.get(uid);
  if (attempt?.kind === 'refused') return wait({ reason: 'Refused', because: `${pod}: ${attempt.because}` });
  if (!view.planned.mayRoll) return wait(queued);
  const because = `the manager of ${pod} is of version ${version}, and the operator of ${wanted}`;
  return { kind: 'upgradeManager', operation: 'upgrade', pod, uid, term: tenure.term, because };
}

const queued = { reason: 'Queued', because: 'as many other clusters as may be are being updated' } as const;

const wait = (hold: Parameters<typeof holdFor>[1]): PlannedStep => holdFor('upgrade', hold);
