import * as z from 'zod/mini';
import { objectName, passedOn, quantity, secretRef, textMap } from './pieces.ts';

export const maxMemoryPolicies = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
] as const;

const storage = z.object({
  type: z._default(
    z.enum(['pvc', 'emptyDir']).check(z.describe('What the data lies on. Cannot be changed.')),
    'pvc',
  ),
  size: z._default(
    z.string().check(z.maxLength(32), z.describe('How much room each instance asks for. Never shrinks.')),
    '1Gi',
  ),
  storageClassName: z.exactOptional(
    objectName("The class of the volumes; the cluster's default when absent. Fixed once there is a primary."),
  ),
  autoGrow: z.exactOptional(passedOn('Grows the claims before they fill. Not supported yet.')),
});

const memory = z.object({
  maxMemory: z.exactOptional(
    quantity('The most memory for data, in bytes. At most resources.limits.memory.'),
  ),
  maxMemoryPercent: z.exactOptional(
    z.int().check(z.gte(1), z.lte(100), z.describe('The same as a share of resources.limits.memory.')),
  ),
  maxMemoryPolicy: z.exactOptional(
    z.enum(maxMemoryPolicies).check(z.describe('What is evicted when it is full.')),
  ),
});

const resourceList = (description: string) =>
  z.record(z.string(), quantity('An amount.')).check(z.meta({ description, maxProperties: 16 }));

const resources = z.object({
  requests: z._default(resourceList('What each instance is guaranteed.'), { cpu: '100m', memory: '128Mi' }),
  limits: z.exactOptional(resourceList('What each instance may use at most.')),
});

const metadata = z.object({
  labels: z.exactOptional(textMap('Labels added to ours.')),
  annotations: z.exactOptional(textMap('Annotations added to ours.')),
});

const podTemplate = z.object({
  metadata: z.exactOptional(metadata.check(z.describe('Metadata added to every pod.'))),
  spec: z.exactOptional(
    passedOn(
      'A fragment of a pod spec: sidecars, env and mounts for the container redis, volumes, priorityClassName, imagePullSecrets.',
    ),
  ),
});

const service = z
  .looseObject({ metadata: z.exactOptional(metadata.check(z.describe('Metadata added to the Service.'))) })
  .check(
    z.meta({
      description: 'Fields of the Service: type, loadBalancerClass, externalTrafficPolicy and so on.',
      'x-kubernetes-preserve-unknown-fields': true,
    }),
  );
const services = z.object({
  leader: z.exactOptional(service),
  replica: z.exactOptional(service),
  any: z.exactOptional(service),
});

const failover = z.object({
  silenceSeconds: z._default(
    z.int().check(z.gte(1), z.lte(3600), z.describe('How long a primary may be silent.')),
    3,
  ),
  delaySeconds: z._default(z.int().check(z.gte(0), z.lte(3600), z.describe('How much longer to wait.')), 0),
  maxLagBytes: z.exactOptional(z.int().check(z.gte(0), z.describe('Candidates further behind are refused.'))),
});

const duration = z.string().check(z.maxLength(32));
const primaryIsolation = z.object({
  enabled: z._default(
    z.boolean().check(z.describe('Whether a primary that is cut off stops taking writes.')),
    true,
  ),
  apiServerTimeout: z._default(
    duration.check(z.describe('How long the API server may be out of reach.')),
    '5s',
  ),
  peerTimeout: z._default(duration.check(z.describe('How long the other instances may be.')), '5s'),
});

const maintenance = z.object({
  inProgress: z._default(z.boolean().check(z.describe('Whether nodes are being maintained.')), false),
  reusePVC: z._default(
    z.boolean().check(z.describe('Whether volumes are waited for rather than made anew.')),
    true,
  ),
});

const list = (description: string) =>
  z.array(passedOn('One of them.')).check(z.maxLength(64), z.describe(description));

/** spec of a RedisCluster. */
export const specSchema = z.object({
  instances: z._default(
    z.int().check(z.gte(1), z.lte(50), z.describe('How many instances: one primary, the others replicas.')),
    1,
  ),
  mode: z._default(
    z.string().check(z.maxLength(32), z.describe('Only standalone is supported.')),
    'standalone',
  ),
  imageName: z._default(
    z.string().check(z.minLength(1), z.maxLength(512), z.describe('Any image of Redis 7 or Valkey.')),
    'redis:7.2',
  ),
  primaryUpdateStrategy: z._default(
    z
      .enum(['unsupervised', 'supervised'])
      .check(z.describe('Whether the primary waits for approval to be updated.')),
    'unsupervised',
  ),
  storage: z._default(storage.check(z.describe('What the data lies on.')), { type: 'pvc', size: '1Gi' }),
  redis: z.exactOptional(
    textMap('Directives of redis.conf, by name. Those that the operator sets itself are refused.'),
  ),
  persistence: z._default(
    z.enum(['aof', 'rdb', 'none']).check(z.describe('What survives a restart.')),
    'aof',
  ),
  memory: z.exactOptional(memory.check(z.describe('How much memory data may take.'))),
  resources: z._default(resources.check(z.describe('Resources of the container redis.')), {
    requests: { cpu: '100m', memory: '128Mi' },
  }),
  minSyncReplicas: z._default(
    z.int().check(z.gte(0), z.lte(49), z.describe('How many replicas must stream before writes are taken.')),
    0,
  ),
  maxSyncReplicas: z._default(
    z.int().check(z.gte(0), z.lte(49), z.describe('The count that users of WAIT may ask for.')),
    0,
  ),
  failover: z.exactOptional(failover.check(z.describe('Patience with a primary.'))),
  enablePodDisruptionBudget: z._default(
    z.boolean().check(z.describe('Whether at most one instance may be evicted at a time.')),
    true,
  ),
  authSecret: z.exactOptional(
    secretRef('The password, under the key password. Made as <name>-auth when absent.'),
  ),
  aclConfigSecret: z.exactOptional(secretRef('ACL rules, under the key acl. Not supported yet.')),
  users: z.exactOptional(list('ACL users. Not supported yet.')),
  tlsSecret: z.exactOptional(secretRef("Redis' own certificate. Not supported yet.")),
  caSecret: z.exactOptional(secretRef('Whom Redis trusts. Not supported yet.')),
  backupCredentialsSecret: z.exactOptional(secretRef('Credentials for backups. Not supported yet.')),
  primaryIsolation: z.exactOptional(primaryIsolation.check(z.describe("The primary's own check."))),
  nodeSelector: z.exactOptional(textMap('Labels of nodes that pods may run on.')),
  affinity: z.exactOptional(
    passedOn('Affinity of pods. Pods are kept apart, by host, unless this says otherwise.'),
  ),
  tolerations: z.exactOptional(list('Taints that pods tolerate.')),
  topologySpreadConstraints: z.exactOptional(list('How pods are spread.')),
  podTemplate: z.exactOptional(podTemplate.check(z.describe('What is added to every pod.'))),
  services: z.exactOptional(services.check(z.describe('What is added to the three Services.'))),
  bootstrap: z.exactOptional(passedOn('A backup to start from. Not supported yet.')),
  nodeMaintenanceWindow: z.exactOptional(
    maintenance.check(z.describe('Whether nodes are being maintained.')),
  ),
  replicaMode: z.exactOptional(passedOn('A cluster to follow. Not supported yet.')),
  connectionSecret: z.exactOptional(secretRef('A Secret to write for clients. Not supported yet.')),
});
