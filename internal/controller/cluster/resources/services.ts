import { anyService, Label, leaderService, Port, replicaService } from '../../../../api/v1/names.ts';
import type { RedisCluster, ServiceTemplate } from '../../../../api/v1/redis-cluster.ts';
import type { Service } from '../../../kube/resources.ts';
import { dataSelector, ownedMeta } from './ownership.ts';
import { metadataKeyProblem } from './pod-template-rules.ts';

/** No pod has this name: pod names end in a number. A Service without a selector would keep its last endpoints. */
export const nobody = 'none';

/**
 * Where writes go. It selects one instance by name rather than by role, so that one write moves every client at once
 * and no two pods can be behind it; nobody while no primary is named.
 */
export const buildLeaderService = (cluster: RedisCluster, primary: string | undefined): Service =>
  build(cluster, leaderService(cluster.metadata.name), cluster.spec.services?.leader, {
    [Label.instance]: primary ?? nobody,
  });

/** Where reads go that may be a moment behind. */
export const buildReplicaService = (cluster: RedisCluster): Service =>
  build(cluster, replicaService(cluster.metadata.name), cluster.spec.services?.replica, {
    [Label.role]: 'replica',
  });

/** Every ready instance, whatever its role. */
export const buildAnyService = (cluster: RedisCluster): Service =>
  build(cluster, anyService(cluster.metadata.name), cluster.spec.services?.any, {});

type Labels = Readonly<Record<string, string>>;

function build(
  cluster: RedisCluster,
  name: string,
  template: ServiceTemplate | undefined,
  narrower: Labels,
): Service {
  const { metadata: theirs = {}, ...theirSpec } = template ?? {};
  const meta = ownedMeta(cluster, name, 'service');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...meta,
      labels: { ...allowed(theirs.labels), ...meta.labels },
      annotations: allowed(theirs.annotations),
    },
    spec: {
      type: 'ClusterIP',
      ...theirSpec,
      selector: { ...dataSelector(cluster), ...narrower },
      ports: [{ name: 'redis', protocol: 'TCP', port: Port.redis, targetPort: 'redis' }],
      publishNotReadyAddresses: false,
    },
  };
}

/** A label or annotation of ours is not the user's to set. */
const allowed = (theirs: Labels = {}): Labels =>
  Object.fromEntries(Object.entries(theirs).filter(([key]) => metadataKeyProblem(key) === undefined));
