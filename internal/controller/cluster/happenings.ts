import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import { formerPasswordGrace } from '../../control/passwords.ts';
import { minutes } from '../../time/units.ts';
import type { FailoverStep } from './failover/step.ts';
import { describePhases, type PhaseLengths } from './phase-lengths.ts';
import type { Happening } from './ports.ts';

type Status = RedisClusterStatus | undefined;

/**
 * What happened between two statuses, for Kubernetes Events. Asked only after the second was written in place of the
 * first, so each happening is told once however often the cluster is looked at.
 */
export const happeningsBetween = (
  before: Status,
  now: Status,
  phases: PhaseLengths = new Map(),
): readonly Happening[] => rules.flatMap((rule) => rule(before, now, phases) ?? []);

type Rule = (
  before: Status,
  now: Status,
  phases: PhaseLengths,
) => Happening | readonly Happening[] | undefined;

const rules: readonly Rule[] = [
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
  (before, now) =>
    before?.rollingUpdate === undefined && now?.rollingUpdate !== undefined
      ? normal('RollingUpdateStarted', startOf(now.rollingUpdate))
      : undefined,
  (before, now) =>
    before?.rollingUpdate !== undefined && now !== undefined && now.rollingUpdate === undefined
      ? normal(
          'RollingUpdateCompleted',
          `No pod is to be made anew any more: ${before.rollingUpdate.because}`,
        )
      : undefined,
  (before, now) => {
    const waits = (status: Status): boolean => holds('PrimaryUpdateWaiting', status) !== undefined;
    const message = holds('PrimaryUpdateWaiting', now);
    return message === undefined || waits(before) ? undefined : normal('PrimaryUpdatePaused', message);
  },
  scaled,
  resized,
  (before, now) => begun('Hibernated', 'Hibernating', before, now),
  (before, now) => begun('Hibernated', 'Resuming', now, before),
  (before, now) => begun('MaintenanceInProgress', 'MaintenanceWindowStarted', before, now),
  (before, now) => begun('MaintenanceInProgress', 'MaintenanceWindowEnded', now, before),
  (before, now) => conditionLost('ConfigRejected', before, now),
  (before, now) => {
    const pods = podsWithNew('configReloadedAt', before, now);
    return pods === ''
      ? undefined
      : normal('ConfigReloaded', `Changed settings were set in the running Redis of ${pods}`);
  },
  (before, now) => {
    const pods = podsWithNew('passwordTakenAt', before, now);
    const grace = `the former one for ${formerPasswordGrace / minutes(1)} minutes more`;
    return pods === ''
      ? undefined
      : normal('SecretRotated', `The Redis of ${pods} takes the new password, and ${grace}`);
  },
  (before, now, phases) => {
    const { term, currentPrimary, lastFailover } = now ?? {};
    const planned = now?.lastSwitchover?.term === term;
    const replaced = currentPrimary !== before?.currentPrimary && lastFailover?.to === currentPrimary;
    return replaced && !planned && lastFailover
      ? normal(
          'FailoverCompleted',
          `${currentPrimary} takes writes in term ${term} in place of ${lastFailover.from}${inTimes(phases)}`,
        )
      : undefined;
  },
  (before, now) => {
    const { term, currentPrimary, lastSwitchover } = now ?? {};
    if (currentPrimary === before?.currentPrimary || lastSwitchover?.term !== term) return undefined;
    const { from, because } = lastSwitchover ?? {};
    return normal(
      'SwitchoverCompleted',
      `${currentPrimary} takes writes in term ${term} in place of ${from}: ${because}`,
    );
  },
  ({ lastSwitchover: then } = {}, { lastSwitchover } = {}) => {
    const { refused, because, from } = lastSwitchover ?? {};
    const told = then?.refused === refused && then?.because === because;
    return refused === undefined || told
      ? undefined
      : {
          type: 'Warning',
          reason: 'SwitchoverRefused',
          message: `${because}; ${from} goes on: ${refused}`,
        };
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
  (before, now) =>
    Object.entries(now?.instancesStatus ?? {}).flatMap(([pod, { divergentData: data }]) =>
      data === undefined || data.message === before?.instancesStatus?.[pod]?.divergentData?.message
        ? []
        : {
            type: 'Warning',
            reason: data.kept ? 'DivergentDataKept' : 'DivergentDataLost',
            message: `${pod}: ${data.message}`,
          },
    ),
];

const inTimes = (phases: PhaseLengths): string => (phases.size === 0 ? '' : ` (${describePhases(phases)})`);

const startOf = ({ because, outdated }: NonNullable<RedisClusterStatus['rollingUpdate']>): string =>
  `Pods are made anew one after the other (${outdated.map(({ pod }) => pod).join(', ')}): ${because}`;

/** The instances to which this has happened since; empty for none. */
const podsWithNew = (what: 'configReloadedAt' | 'passwordTakenAt', before: Status, now: Status): string =>
  Object.entries(now?.instancesStatus ?? {})
    .filter(([pod, { [what]: at }]) => at !== undefined && at !== before?.instancesStatus?.[pod]?.[what])
    .map(([pod]) => pod)
    .join(', ');

/** The message of a condition that holds. */
const holds = (type: string, status: Status): string | undefined =>
  status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')?.message;

function scaled(before: Status, now: Status): Happening | undefined {
  const down = wayDown(now);
  if (down !== undefined) {
    return before?.phase !== 'Scaling' && !isInTheMiddle(before, now)
      ? normal('ScaleDown', `There are ${now?.instances ?? 0} instances, the highest numbers go: ${down}`)
      : undefined;
  }
  return now?.phase !== 'Scaling' || before?.phase === 'Scaling'
    ? undefined
    : normal('ScaleUp', `There are ${now.instances ?? 0} instances, and more are being made`);
}

/** On the way down the primary may be handed over, which is a phase of its own: it is one way down all the same. */
const isInTheMiddle = (before: Status, now: Status): boolean =>
  (before?.phase === 'SwitchingOver' || before?.phase === 'FailingOver') &&
  before.observedGeneration === now?.observedGeneration;

const wayDown = (status: Status): string | undefined =>
  messageOf('ScalingDown', status) ?? messageOf('ScaleDownBlocked', status);

const happeningWords = {
  Hibernating: 'Its instances are ended, the primary last; its volumes stay',
  Resuming: 'Its instances are made again, on the volumes they had',
  MaintenanceWindowStarted: 'Nodes are being maintained; failover stays on',
  MaintenanceWindowEnded: 'Nodes are no longer being maintained',
} as const;

/** A condition that is there in the later status, and not in the earlier one. */
function begun(
  type: string,
  reason: keyof typeof happeningWords,
  earlier: Status,
  later: Status,
): Happening | undefined {
  const has = (status: Status): boolean => status?.conditions?.some((one) => one.type === type) === true;
  return has(later) && !has(earlier) ? normal(reason, happeningWords[reason]) : undefined;
}

function resized(before: Status, now: Status): Happening | undefined {
  const find = (status: Status) => status?.conditions?.find(({ type }) => type === 'PVCResizeInProgress');
  const [was, is] = [find(before), find(now)];
  if (was?.reason === is?.reason) return undefined;
  if (is === undefined) return normal('PVCResizeCompleted', 'Every volume is as large as its claim asks for');
  if (is.status === 'True') return normal('PVCResizeStarted', is.message);
  return { type: 'Warning', reason: 'PVCResizeFailed', message: is.message };
}

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
