/** Every name that users, other programs or two of our own processes must agree on. */

export const group = 'redis.io';
export const version = 'v1';
export const apiVersion = `${group}/${version}`;

export const Label = {
  cluster: 'redis.io/cluster',
  instance: 'redis.io/instance',
  role: 'redis.io/role',
  workload: 'redis.io/workload',
} as const;

export const Annotation = {
  specHash: 'redis.io/spec-hash',
  fencedInstances: 'redis.io/fencedInstances',
  hibernation: 'redis.io/hibernation',
  approvePrimaryUpdate: 'redis.io/approve-primary-update',
  restartedAt: 'redis.io/restartedAt',
  switchoverTo: 'redis.io/switchover-to',
  reconcile: 'redis.io/reconcile',
  upgradeManagers: 'redis.io/upgrade-managers',
  takeOver: 'redis.io/take-over',
} as const;

/** The one value of redis.io/upgrade-managers that asks for something. */
export const upgradeInPlace = 'in-place';

export const Port = {
  redis: 6379,
  http: 8080,
  control: 8443,
  operatorMetrics: 9090,
  operatorHealth: 8080,
  webhook: 9443,
} as const;

export const Container = { redis: 'redis', copyManager: 'copy-manager' } as const;

/** Paths inside an instance's pod. */
export const Path = {
  data: '/data',
  /** Where the init container copies the binary and its libraries. */
  controller: '/controller',
  managerBinary: '/controller/manager',
  /** /projected/<secret>/<key> */
  projected: '/projected',
  /** A memory-backed emptyDir: redis.conf and the unix socket. */
  run: '/run/redis',
} as const;

/** The field manager of everything we apply. */
export const fieldManager = 'redis-operator';

export const podName = (cluster: string, ordinal: number): string => `${cluster}-${ordinal}`;
export const claimName = (cluster: string, ordinal: number): string => `${cluster}-data-${ordinal}`;
export const leaderService = (cluster: string): string => `${cluster}-leader`;
export const replicaService = (cluster: string): string => `${cluster}-replica`;
export const anyService = (cluster: string): string => `${cluster}-any`;
export const authSecret = (cluster: string): string => `${cluster}-auth`;
/** The instances' certificate, key and CA certificate: keys tls.crt, tls.key, ca.crt. */
export const controlSecret = (cluster: string): string => `${cluster}-control`;
/** The CA's key and the operator's client certificate; no instance may read it: keys ca.crt, ca.key, client.crt, client.key. */
export const controlAuthoritySecret = (cluster: string): string => `${cluster}-control-authority`;
export const disruptionBudget = (cluster: string): string => `${cluster}-pdb`;
/** ServiceAccount, Role and RoleBinding share the cluster's own name. */
export const serviceAccount = (cluster: string): string => cluster;

/** The DNS name in every instance's server certificate: pods are addressed by IP, and known by this. */
export const instanceServerName = (cluster: string, namespace: string): string =>
  `instance.${cluster}.${namespace}.redis.io`;
/** The DNS name in the client certificate that the operator shows to the instances of one cluster. */
export const operatorClientName = (cluster: string, namespace: string): string =>
  `operator.${cluster}.${namespace}.redis.io`;

/** The ordinal of a pod or claim name of this cluster made with `prefix`, undefined when it is none. */
export function ordinalOf(name: string, prefix: string): number | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const digits = name.slice(prefix.length);
  return /^(0|[1-9]\d{0,8})$/.test(digits) ? Number(digits) : undefined;
}
