import { claimName, Label, podName } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { describeError, OperatorError, unreachable } from '../../errors.ts';
import { hasCode } from '../../kube/errors.ts';
import { persistentVolumeClaims, pods } from '../../kube/resources.ts';
import type { HealingStep } from './healing/decide.ts';
import type { Ports } from './ports.ts';
import { ownerReference } from './resources/ownership.ts';
import type { Obstacle } from './status/build.ts';
import { settleTaken, type Taken } from './taken.ts';
import { wantedClaim, wantedPod } from './wanted.ts';

/**
 * Carries out all steps at once, claims before the pods that mount them. It decides nothing. Names are fixed and
 * deletions carry a UID, so a step decided on a stale cache is refused by the API server instead of being done twice.
 */
export async function heal(
  steps: readonly HealingStep[],
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Obstacle[]> {
  const isClaim = (step: HealingStep): boolean => step.kind === 'createClaim';
  const attempt = (step: HealingStep): Promise<readonly Obstacle[]> => tryStep(step, cluster, ports, signal);
  const claims = await Promise.all(steps.filter(isClaim).map(attempt));
  const others = await Promise.all(steps.filter((step) => !isClaim(step)).map(attempt));
  return [...claims, ...others].flat();
}

/** What the API server refuses is reported and tried again later; any other failure ends the tick. */
async function tryStep(
  step: HealingStep,
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Obstacle[]> {
  try {
    await carryOut(step, cluster, ports, signal);
    narrate(step, cluster, ports);
    return [];
  } catch (failure) {
    if (isTaken(failure, step)) return await settleTaken(step, cluster, ports, signal);
    if (overtaken(failure)) return [];
    if (hasCode(failure, 'namespaceTerminating')) {
      giveUp(cluster, ports);
      return [];
    }
    const refused = failure instanceof OperatorError && refusals.includes(failure.details.code);
    if (!refused) throw failure;
    return [
      { reason: 'Refused', message: `${step.kind} ${subjectOf(step, cluster)}: ${describeError(failure)}` },
    ];
  }
}

/** Nothing made here comes to be any more: what there is goes, and is not to be made anew. */
function giveUp({ metadata }: RedisCluster, { memory, log }: Ports): void {
  const { name, namespace } = metadata;
  log.info('its namespace is being deleted', { cluster: name, namespace });
  memory.of(metadata).namespaceEnds = true;
}

const isTaken = (failure: unknown, step: HealingStep): step is HealingStep & Taken =>
  (step.kind === 'createClaim' || step.kind === 'createPod') && hasCode(failure, 'alreadyExists');

const refusals: readonly string[] = ['forbidden', 'invalid'];

/** The step was already done, or the object has changed since it was decided: the next tick decides anew. */
const overtaken = (failure: unknown): boolean => hasCode(failure, 'conflict', 'notFound');

async function carryOut(
  step: HealingStep,
  cluster: RedisCluster,
  { kube, operatorImage }: Ports,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = cluster.metadata;
  switch (step.kind) {
    case 'createClaim':
      await kube.create(persistentVolumeClaims, wantedClaim(cluster, step.ordinal), signal);
      return;
    case 'createPod':
      await kube.create(pods, wantedPod(cluster, step.ordinal, operatorImage).pod, signal);
      return;
    case 'adoptPod': {
      const metadata = { uid: step.uid, ownerReferences: [ownerReference(cluster)] };
      await kube.patch(pods, { namespace, name: step.pod }, { metadata }, signal);
      return;
    }
    case 'deletePod':
      return kube.delete(pods, { namespace, name: step.pod }, { preconditions: { uid: step.uid } }, signal);
    case 'deleteClaim': {
      const key = { namespace, name: step.claim };
      return kube.delete(persistentVolumeClaims, key, { preconditions: { uid: step.uid } }, signal);
    }
    case 'labelRole': {
      const metadata = { labels: { [Label.role]: step.role } };
      await kube.patch(pods, { namespace, name: step.pod }, { metadata }, signal);
      return;
    }
    default:
      return unreachable(step);
  }
}

function subjectOf(step: HealingStep, cluster: RedisCluster): string {
  switch (step.kind) {
    case 'createClaim':
      return claimName(cluster.metadata.name, step.ordinal);
    case 'createPod':
      return podName(cluster.metadata.name, step.ordinal);
    case 'deleteClaim':
      return step.claim;
    case 'adoptPod':
    case 'deletePod':
    case 'labelRole':
      return step.pod;
    default:
      return unreachable(step);
  }
}

function narrate(step: HealingStep, cluster: RedisCluster, { log, events }: Ports): void {
  const subject = subjectOf(step, cluster);
  const because = 'because' in step ? step.because : undefined;
  log.info(step.kind, {
    cluster: cluster.metadata.name,
    namespace: cluster.metadata.namespace,
    subject,
    because,
  });
  if (step.kind === 'createPod') {
    events.record(cluster, { type: 'Normal', reason: 'PodCreated', message: `Created pod ${subject}` });
  }
  if (step.kind === 'deletePod') {
    const message = `Deleted pod ${subject}: ${step.because}`;
    events.record(cluster, { type: 'Normal', reason: 'PodDeleted', message });
  }
}
