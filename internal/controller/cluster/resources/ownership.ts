import { apiVersion, fieldManager, Label } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { ObjectMeta, OwnerReference } from '../../../kube/objects.ts';

type Labels = Readonly<Record<string, string>>;

/** What an object is for, in the words of app.kubernetes.io/component. */
export type Component = 'database' | 'service' | 'access' | 'credentials' | 'availability';

/** Makes the cluster the one controller of an object, so that it is deleted with the cluster. */
export const ownerReference = (cluster: RedisCluster): OwnerReference => ({
  apiVersion,
  kind: 'RedisCluster',
  name: cluster.metadata.name,
  uid: cluster.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** What every object of a cluster carries, claims and Secrets included. */
export const clusterLabels = (cluster: RedisCluster, component: Component): Labels => ({
  [Label.cluster]: cluster.metadata.name,
  'app.kubernetes.io/name': 'redis',
  'app.kubernetes.io/instance': cluster.metadata.name,
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': 'redis',
  'app.kubernetes.io/managed-by': fieldManager,
});

/** What finds the pods that hold data of a cluster. */
export const dataSelector = (cluster: RedisCluster): Labels => ({
  [Label.cluster]: cluster.metadata.name,
  [Label.workload]: 'data',
});

/** The metadata of an object that lives and ends with its cluster. */
export const ownedMeta = (cluster: RedisCluster, name: string, component: Component): ObjectMeta => ({
  ...unownedMeta(cluster, name, component),
  ownerReferences: [ownerReference(cluster)],
});

/** The metadata of an object that outlives its cluster: a claim, or the password of the data in it. */
export const unownedMeta = (cluster: RedisCluster, name: string, component: Component): ObjectMeta => ({
  name,
  namespace: cluster.metadata.namespace,
  labels: clusterLabels(cluster, component),
});
