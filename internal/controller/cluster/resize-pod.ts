import { Container } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { describeError } from '../../errors.ts';
import { hasCode, isKubeError } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import type { PlannedStep, RecordResize, ResizePod } from './planned/step.ts';
import type { Ports } from './ports.ts';
import { beingChanged } from './resize/state.ts';
import { canonicalJson } from './resources/fingerprint.ts';
import { partsAnnotation } from './resources/pod-parts.ts';
import type { Amounts, ClusterView, PodFacts } from './view.ts';

interface Decided {
  readonly cluster: RedisCluster;
  readonly view: ClusterView;
}

interface Resizing<Step> extends Decided {
  readonly step: Step;
  readonly pod: PodFacts;
}

/** Has the resources of one pod changed in place. Its kubelet does that by itself: what came of it is seen by a later tick. */
export async function resizePod(
  step: PlannedStep | undefined,
  decided: Decided,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  if (step?.kind !== 'resizePod' && step?.kind !== 'recordResize') return;
  const pod = decided.view.instances.get(step.pod)?.pod;
  if (pod?.uid !== step.uid) return;
  try {
    await (step.kind === 'resizePod'
      ? ask({ ...decided, step, pod }, ports, signal)
      : record({ ...decided, step, pod }, ports, signal));
  } catch (failure) {
    // It is gone, or another one: the next tick decides anew.
    if (!hasCode(failure, 'conflict', 'notFound')) throw failure;
  }
}

/** The pod says that it is being changed before it is: whoever comes after us knows that its record is not to be trusted. */
async function ask(resizing: Resizing<ResizePod>, ports: Ports, signal: AbortSignal): Promise<void> {
  const { step, pod, cluster, view } = resizing;
  const { name, namespace } = cluster.metadata;
  await writeParts(resizing, beingChanged, ports, signal);
  try {
    await ports.kube.patchResize({ namespace, name: step.pod }, changeTo(step, pod), signal);
    ports.log.info(step.operation, { cluster: name, namespace, subject: step.pod, because: step.because });
  } catch (failure) {
    const because = await whyRefused(failure, resizing, ports, signal);
    if (because === undefined) throw failure;
    const refusal = { because, anewToo: hasCode(failure, 'forbidden') && !lacksRight.test(because) };
    ports.memory.of(cluster.metadata).resizes.refused(view.planned.parts.resources ?? '', refusal);
    ports.log.warn('pods are not resized in place', { cluster: name, namespace, subject: step.pod, because });
  }
}

/** What the pod has and is not to have any more is taken away by a null. */
function changeTo({ uid, resources }: ResizePod, { resources: had }: PodFacts): Record<string, unknown> {
  const replaced = (before: Amounts = {}, now: Amounts): Record<string, string | null> => ({
    ...Object.fromEntries(Object.keys(before).map((name) => [name, null])),
    ...now,
  });
  const requests = replaced(had?.asked.requests, resources.requests);
  const limits = replaced(had?.asked.limits, resources.limits);
  return {
    metadata: { uid },
    spec: { containers: [{ name: Container.redis, resources: { requests, limits } }] },
  };
}

/** In the API server's words, or that it does not know of resizing; undefined when it is something else that has failed. */
async function whyRefused(
  failure: unknown,
  { step, cluster }: Resizing<ResizePod>,
  { kube }: Ports,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (hasCode(failure, 'forbidden', 'invalid')) return describeError(failure);
  if (isKubeError(failure) && failure.details.status === 405) return tooOld;
  if (!hasCode(failure, 'notFound')) return undefined;
  const { namespace } = cluster.metadata;
  const there = await kube.get(pods, { namespace, name: step.pod }, signal);
  return there?.metadata.uid === step.uid ? tooOld : undefined;
}

/** It is the operator that may not, in the API server's words. All else that is forbidden is so by a quota or a range of limits. */
const lacksRight = /cannot patch resource/;

const tooOld = 'this API server resizes no pods';

async function record(resizing: Resizing<RecordResize>, ports: Ports, signal: AbortSignal): Promise<void> {
  const { step, cluster, view } = resizing;
  const { parts, resizes } = view.planned;
  await writeParts(resizing, parts.resources, ports, signal);
  const { name, namespace } = cluster.metadata;
  if (!ports.memory.of(cluster.metadata).resizes.recorded(step.uid, parts.resources)) return;
  ports.log.info('resized', { cluster: name, namespace, subject: step.pod, because: step.because });
  const message = `Resized pod ${step.pod} in place, to ${canonicalJson(resizes.wanted)}`;
  ports.events.record(cluster, { type: 'Normal', reason: 'PodResized', message });
}

/** Puts down in the pod what its resources were made from. */
async function writeParts(
  { cluster, pod: { name, uid, parts } }: Resizing<unknown>,
  resources: string | undefined,
  { kube }: Ports,
  signal: AbortSignal,
): Promise<void> {
  if (parts?.resources === resources) return;
  const annotations = { [partsAnnotation]: canonicalJson({ ...parts, resources }) };
  const { namespace } = cluster.metadata;
  await kube.patch(pods, { namespace, name }, { metadata: { uid, annotations } }, signal);
}
