import type { Container, ContainerResizePolicy, EnvVar } from 'kubernetes-types/core/v1.d.ts';
import { Container as ContainerName, Path, Port } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import { containerSecurityContext } from './pod-security.ts';
import { redisMounts, Volume } from './pod-volumes.ts';

/** Where the init container sees the volume that it fills: its own image already has files at the volume's final path. */
const copyTarget = '/copy';

/** Copies the manager out of the operator's image, so that the user's image needs nothing but redis-server. */
export const copyManagerContainer = (cluster: RedisCluster, operatorImage: string): Container => ({
  name: ContainerName.copyManager,
  image: operatorImage,
  command: [Path.managerBinary, 'copy-binary', copyTarget],
  resources: cluster.spec.resources,
  securityContext: containerSecurityContext,
  terminationMessagePolicy: 'FallbackToLogsOnError',
  volumeMounts: [{ name: Volume.controller, mountPath: copyTarget }],
});

/** The user's image, with the manager as PID 1. */
export const redisContainer = (cluster: RedisCluster): Container => ({
  name: ContainerName.redis,
  image: cluster.spec.imageName,
  command: [Path.managerBinary, 'instance'],
  env: [
    { name: 'CLUSTER_NAME', value: cluster.metadata.name },
    { name: 'NODE_OPTIONS', value: leanNode },
    ...downwardEnvironment,
  ],
  ports: [
    { name: 'redis', containerPort: Port.redis },
    { name: 'http', containerPort: Port.http },
    { name: 'control', containerPort: Port.control },
  ],
  resources: cluster.spec.resources,
  resizePolicy,
  securityContext: containerSecurityContext,
  livenessProbe,
  readinessProbe,
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  volumeMounts: redisMounts(cluster),
});

/** Redis sees its limits as they are, and maxmemory is set while it runs: nothing is to be restarted. */
const resizePolicy: ContainerResizePolicy[] = [
  { resourceName: 'cpu', restartPolicy: 'NotRequired' },
  { resourceName: 'memory', restartPolicy: 'NotRequired' },
];

/** Without its compiler Node takes a third of the private memory, and stays there under load (measured). */
const leanNode = '--jitless --max-semi-space-size=1 --disable-warning=ExperimentalWarning';

/** Variables that a template may not set. */
export const ownEnvironment: readonly string[] = [
  'CLUSTER_NAME',
  'NODE_OPTIONS',
  'POD_NAME',
  'POD_NAMESPACE',
  'POD_UID',
  'POD_IP',
];

const fromField = (name: string, fieldPath: string): EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

const downwardEnvironment: readonly EnvVar[] = [
  fromField('POD_NAME', 'metadata.name'),
  fromField('POD_NAMESPACE', 'metadata.namespace'),
  fromField('POD_UID', 'metadata.uid'),
  fromField('POD_IP', 'status.podIP'),
];

/**
 * Asks only whether the manager itself still turns. It answers while Redis loads, for however long, so no startup probe
 * is needed; a restart throws the data set out of memory, so it takes a minute of silence.
 */
const livenessProbe = {
  httpGet: { path: '/healthz', port: 'http' },
  periodSeconds: 10,
  timeoutSeconds: 5,
  failureThreshold: 6,
};

/**
 * Decides who is in the Services' endpoints. An instance that should not be there says so at once; silence is a busy node's more often
 * than its own, and is borne for longer. Asked twice as often, this alone would be a quarter of what an idle manager takes of a
 * processor, and a third of what its kubelet does (docs/adr/0014).
 */
const readinessProbe = {
  httpGet: { path: '/readyz', port: 'http' },
  periodSeconds: 2,
  timeoutSeconds: 3,
  failureThreshold: 2,
};
