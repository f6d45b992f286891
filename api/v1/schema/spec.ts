import * as z from 'zod/mini';
import { users } from './access.ts';
import { failover, nodeMaintenanceWindow, primaryIsolation } from './failover.ts';
import { defaultResources, memory, resources } from './memory.ts';
import { bootstrap, replicaMode } from './origin.ts';
import {
  defaulted,
  flag,
  formed,
  listOf,
  mapOf,
  optional,
  passedOn,
  rare,
  secretRef,
  text,
  textMap,
  wholeNumber,
} from './pieces.ts';
import { podTemplate } from './pod.ts';
import { services } from './services.ts';
import { storage } from './storage.ts';

/** An image reference: host and path, then a tag, a digest or both. */
const image = formed(
  /^[a-zA-Z0-9][a-zA-Z0-9._-]*(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?(@sha256:[0-9a-f]{64})?$/,
  'it must be an image such as redis:7.2 or registry.example.com/valkey@sha256:…',
  512,
);
const directives = mapOf(text);
const passedOnList = rare(() => listOf(passedOn));
const fewReplicas = wholeNumber(0, 49);

/** spec of a RedisCluster: what the user wants, with everything that may be left out filled in. */
export const specSchema = z.object({
  instances: defaulted(
    wholeNumber(1, 50),
    1,
    'How many instances there are: one primary, and all others replicas.',
  ),
  mode: defaulted(text, 'standalone', 'How data is spread over instances. Only standalone is supported yet.'),
  imageName: defaulted(
    image,
    'redis:7.2',
    'An image with redis-server 7.0 or later, or with valkey-server. It needs nothing of ours.',
  ),
  primaryUpdateStrategy: defaulted(
    z.enum(['unsupervised', 'supervised']),
    'unsupervised',
    'Whether an update of the primary waits (supervised) until redis.io/approve-primary-update is "true".',
  ),
  storage: defaulted(storage, { type: 'pvc', size: '1Gi' }, 'What the data lies on.'),
  redis: optional(
    directives,
    'Directives of redis.conf by name, such as timeout: "300". Those that the operator sets itself are refused.',
  ),
  persistence: defaulted(
    z.enum(['aof', 'rdb', 'none']),
    'aof',
    'What survives a restart of an instance: all but the last second (aof), the last snapshot (rdb), or nothing.',
  ),
  memory: optional(memory, 'How much memory data may take.'),
  resources: defaulted(resources, defaultResources, 'Processor time and memory of each instance.'),
  minSyncReplicas: defaulted(
    fewReplicas,
    0,
    'The primary takes writes only while so many replicas stream from it; a failover that could lose a write which WAIT acknowledged for so many is not carried out.',
  ),
  maxSyncReplicas: defaulted(
    fewReplicas,
    0,
    'The highest count that users of WAIT may ask for. Only minSyncReplicas is guaranteed.',
  ),
  failover: optional(failover, 'Patience with a primary that is silent.'),
  enablePodDisruptionBudget: defaulted(
    flag,
    true,
    'Whether a PodDisruptionBudget lets only one instance be evicted at a time.',
  ),
  authSecret: optional(
    secretRef,
    'The password of the default user, under the key password. When left out, a Secret <name>-auth is made.',
  ),
  aclConfigSecret: optional(secretRef, 'ACL rules, under the key acl. Not supported yet.'),
  users: optional(users, 'ACL users, the same on every instance. Not supported yet.'),
  tlsSecret: optional(
    secretRef,
    'The certificate that Redis shows, under tls.crt and tls.key. Not supported yet.',
  ),
  caSecret: optional(secretRef, 'The authority that Redis trusts, under ca.crt. Not supported yet.'),
  backupCredentialsSecret: optional(secretRef, 'Credentials for backups. Not supported yet.'),
  primaryIsolation: optional(primaryIsolation, 'When a primary that is cut off stops taking writes.'),
  nodeSelector: optional(textMap, 'Labels of the nodes that pods may run on.'),
  affinity: optional(
    passedOn,
    'Affinity of the pods. Unless it has a podAntiAffinity, pods are kept apart by host and by zone where that is possible.',
  ),
  tolerations: optional(passedOnList, 'Taints of nodes that pods tolerate.'),
  topologySpreadConstraints: optional(passedOnList, 'How pods are spread over the cluster.'),
  podTemplate: optional(podTemplate, 'What is added to every pod.'),
  services: optional(services, 'What is added to the three Services.'),
  bootstrap: optional(bootstrap, 'A backup to start from. Cannot be changed. Not supported yet.'),
  nodeMaintenanceWindow: optional(nodeMaintenanceWindow, 'What happens while nodes are being maintained.'),
  replicaMode: optional(replicaMode, 'Another cluster that this one follows. Not supported yet.'),
  connectionSecret: optional(
    secretRef,
    'The name of a Secret that is written for clients. Not supported yet.',
  ),
});
