import { Annotation, Label, podName, serviceAccount } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { Pod } from '../../../kube/resources.ts';
import { fingerprint } from './fingerprint.ts';
import { dataSelector, ownedMeta } from './ownership.ts';
import { copyManagerContainer, redisContainer } from './pod-containers.ts';
import { podPlacement } from './pod-placement.ts';
import { podSecurityContext } from './pod-security.ts';
import { mergePodTemplate } from './pod-template.ts';
import { podVolumes } from './pod-volumes.ts';
import { present } from './present.ts';

/**
 * How long a stopping pod may take, in seconds. A primary hands over (milliseconds), then Redis writes its data set:
 * at 100 MB/s this is room for about 10 GB. A pod that stops sooner is gone sooner; one that does not is killed, which
 * costs no data under AOF, only a longer resynchronisation.
 */
export const terminationGraceSeconds = 120;

/** The whole pod number `ordinal` of a cluster, as it is to be created. `operatorImage` holds the manager binary. */
export function buildPod(cluster: RedisCluster, ordinal: number, operatorImage: string): Pod {
  const pod = mergePodTemplate(ownPod(cluster, ordinal, operatorImage), cluster.spec.podTemplate);
  const annotations = { ...pod.metadata.annotations, [Annotation.specHash]: specHash(pod) };
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

/** A stable hash of everything that shapes a pod: another hash, another pod. */
export function specHash(pod: Pod): string {
  const { [Annotation.specHash]: _hash, ...annotations } = pod.metadata.annotations ?? {};
  const { [Label.role]: _role, ...labels } = pod.metadata.labels ?? {};
  return fingerprint({ labels, annotations, spec: pod.spec });
}

function ownPod(cluster: RedisCluster, ordinal: number, operatorImage: string): Pod {
  const name = podName(cluster.metadata.name, ordinal);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: podMeta(cluster, name),
    spec: {
      ...podPlacement(cluster),
      serviceAccountName: serviceAccount(cluster.metadata.name),
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: terminationGraceSeconds,
      securityContext: podSecurityContext,
      initContainers: [copyManagerContainer(cluster, operatorImage)],
      containers: [redisContainer(cluster)],
      volumes: podVolumes(cluster, ordinal),
    },
  };
}

function podMeta(cluster: RedisCluster, name: string): Pod['metadata'] {
  const meta = ownedMeta(cluster, name, 'database');
  const restartedAt = cluster.metadata.annotations?.[Annotation.restartedAt];
  return {
    ...meta,
    labels: { ...meta.labels, ...dataSelector(cluster), [Label.instance]: name, [Label.role]: 'replica' },
    annotations: present({ [Annotation.restartedAt]: restartedAt }),
  };
}
