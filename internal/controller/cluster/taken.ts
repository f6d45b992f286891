import { claimName, Label, podName } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { persistentVolumeClaims, pods } from '../../kube/resources.ts';
import { foreignController } from './apply/foreign.ts';
import type { Ports } from './ports.ts';
import type { Obstacle } from './status/build.ts';
import { wantedClaim } from './wanted.ts';

/** What was to be made under a name of ours. */
export interface Taken {
  readonly kind: 'createClaim' | 'createPod';
  readonly ordinal: number;
}

/**
 * What lies there already. The caches hold what carries our label, so it is either a moment ahead of them, or it has lost
 * the label or never had it. A claim that nobody controls is given the label: it may hold data, and nobody is appointed
 * over its head once it is seen (invariant I5). Everything else is left alone and told of.
 */
export async function settleTaken(
  { kind, ordinal }: Taken,
  cluster: RedisCluster,
  { kube }: Pick<Ports, 'kube'>,
  signal: AbortSignal,
): Promise<readonly Obstacle[]> {
  const { name: clusterName, namespace } = cluster.metadata;
  const name = kind === 'createClaim' ? claimName(clusterName, ordinal) : podName(clusterName, ordinal);
  const resource = kind === 'createClaim' ? persistentVolumeClaims : pods;
  const live = await kube.get<KubeObject>(resource, { namespace, name }, signal);
  if (live === undefined || live.metadata.labels?.[Label.cluster] === clusterName) return [];
  const controller = foreignController(live, cluster);
  if (kind === 'createPod' || controller !== undefined) {
    const owner = controller === undefined ? 'is not of this cluster' : `belongs to ${controller}`;
    return [{ reason: 'OwnedByAnother', message: `${name} exists and ${owner}` }];
  }
  const { labels } = wantedClaim(cluster, ordinal).metadata;
  const metadata = { resourceVersion: live.metadata.resourceVersion, labels };
  await kube.patch(persistentVolumeClaims, { namespace, name }, { metadata }, signal);
  return [];
}
