import type { Condition } from '../../../../api/v1/redis-cluster.ts';
import { type Instant, toRfc3339 } from '../../../time/units.ts';
import type { Assessment } from './assess.ts';

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
  return claims.map((claim) => {
    const { type, holds, reason, message } = claim(assessment);
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

const claims: readonly ((assessment: Assessment) => Claim)[] = [
  ready,
  primaryAvailable,
  replicationHealthy,
  progressing,
  failoverPossible,
  specValid,
];

function ready({ phase, ready, wanted, primary }: Assessment): Claim {
  const holds = phase === 'Healthy' ? 'True' : 'False';
  const message = `${ready.length} of ${wanted} instances are ready, ${primary.serves ? 'the primary serves' : primary.doubt}`;
  return {
    type: 'Ready',
    holds,
    reason: phase === 'Healthy' ? 'AllInstancesReady' : 'InstancesNotReady',
    message,
  };
}

function primaryAvailable({ primary, blocked }: Assessment): Claim {
  const type = 'PrimaryAvailable';
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
function progressing({ phase, troubles, configErrors }: Assessment): Claim {
  const type = 'Progressing';
  const [first] = [...troubles, ...configErrors];
  if (first !== undefined) return { type, holds: 'False', reason: first.reason, message: first.message };
  if (phase === 'Healthy')
    return { type, holds: 'False', reason: 'Complete', message: 'everything is as wanted' };
  return { type, holds: 'True', reason: phase, message: 'instances are being brought up' };
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
function specValid({ specProblems }: Assessment): Claim {
  const type = 'SpecValid';
  if (specProblems.length === 0)
    return { type, holds: 'True', reason: 'Valid', message: 'the spec can be carried out' };
  return { type, holds: 'False', reason: 'Invalid', message: specProblems.join('; ') };
}

/** What the API server refused can be told at any length; a message beyond the schema's bound would be refused itself. */
const longestMessage = 1024;

/** Half a character at the cut would come back as another one, and the status would be written for ever (I10). */
const bounded = (message: string): string => message.slice(0, longestMessage).toWellFormed();
