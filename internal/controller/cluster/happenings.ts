import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import type { Happening } from './ports.ts';

type Status = RedisClusterStatus | undefined;

/**
 * What happened between two statuses, for Kubernetes Events. Asked only after the second was written in place of the
 * first, so each happening is told once however often the cluster is looked at.
 */
export const happeningsBetween = (before: Status, now: Status): readonly Happening[] =>
  rules.flatMap((rule) => rule(before, now) ?? []);

const rules: readonly ((before: Status, now: Status) => Happening | undefined)[] = [
  (before, now) =>
    before?.phase === undefined && now?.phase === 'Creating'
      ? normal('Creating', 'The cluster is being created')
      : undefined,
  (before, now) =>
    before?.phase !== 'Healthy' && now?.phase === 'Healthy'
      ? normal('ClusterReady', `All ${now.readyInstances} instances are ready`)
      : undefined,
  (before, now) =>
    now?.currentPrimary !== undefined && before?.currentPrimary !== now.currentPrimary
      ? normal('PromotedToPrimary', `${now.currentPrimary} takes writes in term ${now.term}`)
      : undefined,
  (before, now) => conditionLost('ConfigRejected', before, now),
];

function conditionLost(reason: string, before: Status, now: Status): Happening | undefined {
  const found = (status: Status): string | undefined =>
    status?.conditions?.find((condition) => condition.reason === reason)?.message;
  const message = found(now);
  return message === undefined || message === found(before)
    ? undefined
    : { type: 'Warning', reason, message };
}

const normal = (reason: string, message: string): Happening => ({ type: 'Normal', reason, message });
