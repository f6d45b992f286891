import type { Condition } from '../../../../api/v1/redis-cluster.ts';
import { type Instant, toRfc3339 } from '../../../time/units.ts';
import type { PlannedStep } from '../planned/step.ts';
import type { Assessment } from './assess.ts';
import { bounded } from './bounded.ts';

interface Claim {
  readonly type: string;
  readonly holds: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The conditions, in a fixed order; a condition whose status stays keeps the time of its last change. */
export function conditionsOf(
  assessment: Assessment,
  previous: readonly Condition[],
  at: { readonly now: Instant; readonly generation: number },
): readonly Condition[] {
  const held = claims.flatMap((claim) => claim(assessment) ?? []);
  return held.map(({ type, holds, reason, message }) => {
    const before = previous.find((condition) => condition.type === type);
    const unchanged = before !== undefined && before.status === holds;
    return {
      type,
      status: holds,
      reason,
      message: bounded(message),
      observedGeneration: at.generation,
      lastTransitionTime: unchanged ? before.lastTransitionTime : toRfc3339(at.now),
    };
  });
}

/** A condition of what a cluster does not do is not there. */
const claims: readonly ((assessment: Assessment) => Claim | undefined)[] = [
  ready,
  primaryAvailable,
  replicationHealthy,
  progressing,
  failoverPossible,
  primaryUpdateWaiting,
  hibernated,
  maintenanceInProgress,
  resizeInProgress,
  specValid,
];

function ready({ complete, specProblems, ready, wanted, primary }: Assessment): Claim {
  const whole = complete && specProblems.length === 0;
  const message = `${ready.length} of ${wanted} instances are ready, ${primary.serves ? 'the primary serves' : primary.doubt}`;
  return {
    type: 'Ready',
    holds: whole ? 'True' : 'False',
    reason: whole ? 'AllInstancesReady' : 'InstancesNotReady',
    message,
  };
}

function primaryAvailable({ primary, blocked, hibernation }: Assessment): Claim {
  const type = 'PrimaryAvailable';
  if (hibernation === 'asleep') return { type, holds: 'False', reason: 'Hibernated', message: sleeps };
  if (primary.serves)
    return { type, holds: 'True', reason: 'PrimaryServes', message: `${primary.name} takes writes` };
  const reason = blocked ? 'FailoverBlocked' : 'NoPrimary';
  return { type, holds: 'False', reason, message: primary.doubt };
}

function replicationHealthy({ replicas }: Assessment): Claim {
  const holds = replicas.inSync.length === replicas.wanted;
  return {
    type: 'ReplicationHealthy',
    holds: holds ? 'True' : 'False',
    reason: holds ? 'AllReplicasInSync' : 'ReplicasNotInSync',
    message: `${replicas.inSync.length} of ${replicas.wanted} replicas are in sync`,
  };
}

/** True while what is missing is on its way; False with the reason when something stands in the way. */
function progressing({ phase, troubles, configErrors, planned, hibernation }: Assessment): Claim {
  const type = 'Progressing';
  const [first] = [...troubles, ...configErrors];
  if (first !== undefined) return { type, holds: 'False', reason: first.reason, message: first.message };
  if (planned !== undefined) return { type, ...progressOf(planned) };
  if (hibernation === 'asleep') return { type, holds: 'False', reason: 'Hibernated', message: sleeps };
  if (phase === 'Healthy')
    return { type, holds: 'False', reason: 'Complete', message: 'everything is as wanted' };
  return { type, holds: 'True', reason: phase, message: 'instances are being brought up' };
}

const blockedReasons = {
  update: 'UpdateBlocked',
  scaleDown: 'ScaleDownBlocked',
  hibernate: 'HibernationBlocked',
  resize: 'ResizeBlocked',
  upgrade: 'UpgradeBlocked',
} as const;
const activeReasons = {
  update: 'Updating',
  scaleDown: 'ScalingDown',
  hibernate: 'Hibernating',
  resize: 'Resizing',
  upgrade: 'UpgradingManagers',
} as const;
const deeds = {
  update: 'made anew',
  scaleDown: 'removed',
  hibernate: 'ended',
  resize: 'resized in place',
  upgrade: 'given its manager in place',
} as const;

function progressOf(step: PlannedStep): Omit<Claim, 'type'> {
  const active = activeReasons[step.operation];
  if (step.kind !== 'hold') {
    const message = `${step.pod} is being ${deeds[step.operation]}: ${step.because}`;
    return { holds: 'True', reason: active, message };
  }
  const message = step.because;
  switch (step.reason) {
    case 'OnItsWay':
      return { holds: 'True', reason: active, message };
    case 'HandOver':
      return { holds: 'True', reason: active, message: `the primary is to be handed over: ${message}` };
    case 'NotInSync':
    case 'Refused':
    case 'MemoryInUse':
      return { holds: 'False', reason: blockedReasons[step.operation], message };
    case 'Approval':
      return { holds: 'False', reason: 'WaitingForUser', message };
    case 'Queued':
      return { holds: 'False', reason: 'Queued', message };
  }
}

function primaryUpdateWaiting({ planned, primaryUpdate }: Assessment): Claim {
  const type = 'PrimaryUpdateWaiting';
  if (planned?.kind === 'hold' && planned.reason === 'Approval') {
    const message = `${planned.because}; annotate the cluster with redis.io/approve-primary-update=true to go on`;
    return { type, holds: 'True', reason: 'ApprovalNeeded', message };
  }
  if (primaryUpdate === 'approved') {
    const message =
      'redis.io/approve-primary-update is still there: until it is taken away no update of the primary waits';
    return { type, holds: 'False', reason: 'Approved', message };
  }
  return { type, holds: 'False', reason: 'NothingWaits', message: 'no update of the primary waits' };
}

const sleeps = 'nothing of it runs: redis.io/hibernation is on';

function hibernated({ hibernation }: Assessment): Claim | undefined {
  const type = 'Hibernated';
  switch (hibernation) {
    case 'awake':
      return undefined;
    case 'fallingAsleep':
      return { type, holds: 'False', reason: 'Hibernating', message: 'its instances are being ended' };
    case 'asleep':
      return { type, holds: 'True', reason: 'Hibernated', message: sleeps };
  }
}

function maintenanceInProgress({ maintenance }: Assessment): Claim | undefined {
  const message = 'spec.nodeMaintenanceWindow.inProgress is true: failover stays on';
  return maintenance
    ? { type: 'MaintenanceInProgress', holds: 'True', reason: 'WindowOpen', message }
    : undefined;
}

function resizeInProgress({ growth }: Assessment): Claim | undefined {
  const type = 'PVCResizeInProgress';
  const failed = growth.find(({ kind }) => kind === 'failed');
  if (failed !== undefined) return { type, holds: 'False', reason: 'Failed', message: failed.because };
  if (growth.length === 0) return undefined;
  const message = growth.map(({ because }) => because).join('; ');
  return { type, holds: 'True', reason: 'Resizing', message };
}

function failoverPossible({ replicas, wanted, failoverBlocked }: Assessment): Claim {
  const type = 'FailoverPossible';
  if (wanted === 1) {
    return { type, holds: 'False', reason: 'NoCandidate', message: 'a cluster of one has no replica' };
  }
  if (failoverBlocked !== undefined) {
    const { reason, message } = failoverBlocked;
    return { type, holds: 'False', reason, message };
  }
  const [first = 'a replica'] = replicas.inSync;
  return { type, holds: 'True', reason: 'CandidateInSync', message: `${first} is in sync` };
}

/** A spec that cannot even be read is told of by report.ts. */
function specValid({ specProblems, configErrors: [refused] }: Assessment): Claim {
  const type = 'SpecValid';
  if (specProblems.length > 0)
    return { type, holds: 'False', reason: 'Invalid', message: specProblems.join('; ') };
  return refused === undefined
    ? { type, holds: 'True', reason: 'Valid', message: 'the spec can be carried out' }
    : { type, holds: 'False', ...refused };
}
