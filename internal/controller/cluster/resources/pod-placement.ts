import type { PodAntiAffinity, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import { dataSelector } from './ownership.ts';
import { present } from './present.ts';

type Placement = Pick<PodSpec, 'affinity' | 'nodeSelector' | 'tolerations' | 'topologySpreadConstraints'>;

/**
 * Where pods may run: as the user says. Unless an anti-affinity is among that, pods go to hosts and zones of their own as
 * far as there are enough.
 */
export const podPlacement = (cluster: RedisCluster): Placement =>
  present<Placement>({
    affinity: { podAntiAffinity: spreadOut(cluster), ...cluster.spec.affinity },
    nodeSelector: cluster.spec.nodeSelector,
    tolerations: cluster.spec.tolerations,
    topologySpreadConstraints: cluster.spec.topologySpreadConstraints,
  });

/** Preferred, never required: three pods on one node are better than one pod. A host matters more than a zone. */
function spreadOut(cluster: RedisCluster): PodAntiAffinity {
  const apart = (topologyKey: string, weight: number) => ({
    weight,
    podAffinityTerm: { labelSelector: { matchLabels: dataSelector(cluster) }, topologyKey },
  });
  return {
    preferredDuringSchedulingIgnoredDuringExecution: [
      apart('kubernetes.io/hostname', 100),
      apart('topology.kubernetes.io/zone', 50),
    ],
  };
}
