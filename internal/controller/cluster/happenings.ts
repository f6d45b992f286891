import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import type { FailoverStep } from './failover/step.ts';
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
  (before, now) => {
    const { term, currentPrimary, lastFailover } = now ?? {};
    return currentPrimary !== before?.currentPrimary && lastFailover?.to === currentPrimary && lastFailover
      ? normal(
          'FailoverCompleted',
          `${currentPrimary} takes writes in term ${term} in place of ${lastFailover.from}`,
        )
      : undefined;
  },
  (before, now) => {
    const message = messageOf('FailoverBlocked', now) ?? messageOf('Fenced', now);
    const told = messageOf('FailoverBlocked', before) ?? messageOf('Fenced', before);
    return message === undefined || told !== undefined
      ? undefined
      : { type: 'Warning', reason: 'FailoverBlocked', message };
  },
  (before, now) => {
    const fenced = fencedIn(now).filter((pod) => !fencedIn(before).includes(pod));
    return fenced.length === 0
      ? undefined
      : normal('InstanceFenced', `The user has fenced ${fenced.join(', ')}: Redis is stopped there`);
  },
];

const fencedIn = (status: Status): readonly string[] =>
  Object.entries(status?.instancesStatus ?? {}).flatMap(([pod, { fenced }]) =>
    fenced === true ? [pod] : [],
  );

const messageOf = (reason: string, status: Status): string | undefined =>
  status?.conditions?.find((condition) => condition.reason === reason)?.message;

/** What a step about who is primary begins; told once it is recorded. `before` is the status that it was decided on. */
export function happeningsOf(step: FailoverStep, before: Status): readonly Happening[] {
  const started = (message: string): readonly Happening[] => [
    { type: 'Warning', reason: 'FailoverStarted', message },
  ];
  if (step.kind === 'fence') return started(`${step.pod} is fenced: ${step.because}`);
  if (step.kind !== 'appoint' || step.failover === undefined) return [];
  const { from, because } = step.failover;
  return before?.primaryFencedSince === undefined
    ? started(`${step.pod} takes the place of ${from}: ${because}`)
    : [];
}

function conditionLost(reason: string, before: Status, now: Status): Happening | undefined {
  const message = messageOf(reason, now);
  return message === undefined || message === messageOf(reason, before)
    ? undefined
    : { type: 'Warning', reason, message };
}

const normal = (reason: string, message: string): Happening => ({ type: 'Normal', reason, message });
