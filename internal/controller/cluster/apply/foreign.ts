import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { KubeObject } from '../../../kube/objects.ts';

/**
 * Who else controls an object that lies where one of ours belongs, in words; undefined when it is ours or, having no
 * controller, may be adopted. Such an object is left as it is.
 */
export function foreignController(live: KubeObject, cluster: RedisCluster): string | undefined {
  const controller = live.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller === undefined) return isEverybodys(live) ? 'every pod of the namespace' : undefined;
  if (controller.uid === cluster.metadata.uid) return undefined;
  const former = controller.kind === 'RedisCluster' && controller.name === cluster.metadata.name;
  return former ? `a deleted ${controller.kind} of the same name` : `${controller.kind} ${controller.name}`;
}

/** Kubernetes gives each namespace a ServiceAccount `default`, which a cluster of that name must not make its own. */
const isEverybodys = (live: KubeObject): boolean =>
  live.kind === 'ServiceAccount' && live.metadata.name === 'default';
