import { Annotation } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { KubeObject, Resource } from '../../../kube/objects.ts';
import {
  podDisruptionBudgets,
  roleBindings,
  roles,
  serviceAccounts,
  services,
} from '../../../kube/resources.ts';
import { buildDisruptionBudget } from './disruption-budget.ts';
import { fingerprint } from './fingerprint.ts';
import { buildRole } from './role.ts';
import { buildRoleBinding } from './role-binding.ts';
import { buildServiceAccount } from './service-account.ts';
import { buildAnyService, buildLeaderService, buildReplicaService } from './services.ts';

/** An object as it should be, and how its kind is addressed. */
export interface DesiredObject {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/**
 * Every object of a cluster that is kept by applying it: all but pods and claims, which have a history, and Secrets,
 * whose content is made once. `primary` is the pod that the tenure names. In the order in which they are needed.
 */
export function desiredObjects(cluster: RedisCluster, primary: string | undefined): readonly DesiredObject[] {
  const objects: readonly DesiredObject[] = [
    { resource: serviceAccounts, object: buildServiceAccount(cluster) },
    { resource: roles, object: buildRole(cluster) },
    { resource: roleBindings, object: buildRoleBinding(cluster) },
    { resource: services, object: buildLeaderService(cluster, primary) },
    { resource: services, object: buildReplicaService(cluster) },
    { resource: services, object: buildAnyService(cluster) },
    ...(cluster.spec.enablePodDisruptionBudget
      ? [{ resource: podDisruptionBudgets, object: buildDisruptionBudget(cluster) }]
      : []),
  ];
  return objects.map(({ resource, object }) => ({ resource, object: withSpecHash(object) }));
}

/**
 * Objects that earlier settings asked for and the present ones do not: to be deleted where they are ours.
 */
export const unwantedObjects = (cluster: RedisCluster): readonly DesiredObject[] =>
  cluster.spec.enablePodDisruptionBudget
    ? []
    : [{ resource: podDisruptionBudgets, object: buildDisruptionBudget(cluster) }];

/** Marks an object with the hash of all we want of it: what we no longer want of it is noticed by the mark alone. */
export function withSpecHash<Kind extends KubeObject>(object: Kind): Kind {
  const annotations = { ...object.metadata.annotations, [Annotation.specHash]: fingerprint(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
