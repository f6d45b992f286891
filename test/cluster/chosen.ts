import { clusterFolder } from './cache.ts';
import { type ClusterPlan, planCluster } from './plan.ts';

/** The plan of the cluster that CLUSTER_NAME names: one that has a name has a single node. */
export const chosenPlan = (): ClusterPlan =>
  process.env['CLUSTER_NAME'] ? planCluster(clusterFolder(), 1) : planCluster(clusterFolder());
