import type { Problem, RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { redisClusters } from '../../kube/resources.ts';
import { toRfc3339 } from '../../time/units.ts';
import { happeningsBetween } from './happenings.ts';
import type { Ports } from './ports.ts';
import { bounded } from './status/bounded.ts';
import { buildStatus, type StatusInputs } from './status/build.ts';
import { worthWriting } from './status/changed.ts';

/**
 * Writes the status if it says something new, with the resourceVersion it was derived from: whoever comes second is
 * refused with a conflict and decides anew. Resolves to the cluster as it is now.
 */
export async function report(inputs: StatusInputs, ports: Ports, signal: AbortSignal): Promise<RedisCluster> {
  const { cluster } = inputs;
  const status = buildStatus(inputs);
  if (!worthWriting(cluster.status, status)) return cluster;
  const written = await ports.kube.replaceStatus(redisClusters, { ...cluster, status }, signal);
  ports.memory.of(cluster.metadata).wrote(written.metadata.resourceVersion);
  for (const happening of happeningsBetween(cluster.status, status)) ports.events.record(cluster, happening);
  return { ...cluster, metadata: { ...cluster.metadata, ...versionOf(written) }, status };
}

const versionOf = ({ metadata }: KubeObject): { readonly resourceVersion?: string } =>
  metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion };

/**
 * Says in status why a spec cannot be carried out. Everything that runs is left as it is, and the rest of the status,
 * the tenure above all, stays as it lies there.
 */
export async function refuseSpec(
  raw: KubeObject,
  problems: readonly Problem[],
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const message = bounded(problems.map(({ message: text }) => text).join('; '));
  const [condition] = conditionsIn(raw).filter(({ type }) => type === 'SpecValid');
  if (condition?.['message'] === message && condition['status'] === 'False') return;
  const refusal = {
    type: 'SpecValid',
    status: 'False',
    reason: 'Invalid',
    message,
    observedGeneration: raw.metadata.generation ?? 0,
    lastTransitionTime: toRfc3339(ports.clock.now()),
  };
  const conditions = [...conditionsIn(raw).filter(({ type }) => type !== 'SpecValid'), refusal];
  ports.log.warn('the spec is refused', {
    cluster: raw.metadata.name,
    namespace: raw.metadata.namespace,
    message,
  });
  await ports.kube.patchStatus(
    redisClusters,
    keyOf(raw),
    { status: { phase: 'Blocked', conditions } },
    signal,
  );
}

type RawCondition = Readonly<Record<string, unknown>>;

function conditionsIn(raw: KubeObject): readonly RawCondition[] {
  const status = 'status' in raw ? raw.status : undefined;
  const held =
    typeof status === 'object' && status !== null && 'conditions' in status ? status.conditions : [];
  return Array.isArray(held) ? held.filter((one) => typeof one === 'object' && one !== null) : [];
}

const keyOf = ({
  metadata,
}: KubeObject): { readonly namespace: string | undefined; readonly name: string } => ({
  namespace: metadata.namespace,
  name: metadata.name,
});
