import { podName } from '../../../api/v1/names.ts';
import { parseRedisCluster, type RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { InstanceReport } from '../../control/protocol.ts';
import { invariant } from '../../errors.ts';
import { hours, instant, milliseconds, seconds } from '../../time/units.ts';
import type {
  ClaimFacts,
  ClusterView,
  HeldTenure,
  InstanceView,
  PlannedView,
  PodFacts,
  PodParts,
  Resources,
  Sighting,
} from './view.ts';

/** The smallest cluster with this spec, through the real parser. */
export function clusterWith(
  spec: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): RedisCluster {
  const { metadata, ...rest } = more;
  const parsed = parseRedisCluster({
    apiVersion: 'redis.io/v1',
    kind: 'RedisCluster',
    metadata: { name: 'shop', namespace: 'orders', uid: 'u1', generation: 7, ...Object(metadata) },
    spec,
    ...rest,
  });
  invariant(parsed.ok, `the sample is valid: ${JSON.stringify(parsed)}`);
  return parsed.value;
}

export const now = instant(1_800_000_000_000);
const long = hours(1);

/** A settled cluster of three, of which `shop-0` is primary in term 3, but for what is changed. */
export const viewWith = (change: Partial<ClusterView> = {}): ClusterView => ({
  now,
  cluster: { name: 'shop', namespace: 'orders', uid: 'u1', createdAt: instant(now - long) },
  wantedInstances: 3,
  deleting: false,
  reconcileDisabled: false,
  takeOverAsked: false,
  storage: { type: 'pvc', storageClassName: undefined, sizeBytes: 2n ** 30n, autoGrow: undefined },
  planned: plannedWith(),
  wantedHash: new Map(['shop-0', 'shop-1', 'shop-2'].map((name) => [name, 'hash'])),
  tenure: heldWith(),
  policy: {
    suspicion: seconds(1),
    settling: seconds(2),
    delay: seconds(0),
    minSyncReplicas: 0,
    maxLagBytes: undefined,
    volumeKeepsWrites: true,
  },
  userFence: { kind: 'named', pods: [] },
  request: {
    to: undefined,
    answered: false,
    askedFor: milliseconds(0),
    refusedAgo: undefined,
    planned: false,
  },
  proxiesBusyFor: milliseconds(0),
  instances: instances(primary(0), replica(1), replica(2)),
  danglingClaims: [],
  ...change,
});

/** What the pods of the sample were made from. */
export const parts: PodParts = { image: 'redis:7.2', resources: 'some', settings: 'usual' };
/** What its containers have. */
export const resources: Resources = { requests: { memory: '1Gi' }, limits: { memory: '1Gi' } };

export const plannedWith = (change: Partial<PlannedView> = {}): PlannedView => ({
  parts,
  generation: 7,
  primaryUpdate: 'unsupervised',
  dataEndsWithPod: false,
  hibernating: false,
  maintenance: false,
  mayRoll: true,
  managers: { wanted: undefined, attempts: new Map() },
  resizes: { wanted: resources, allowed: true, refused: undefined, waits: new Map() },
  ...change,
});

export const heldWith = (change: Partial<HeldTenure> = {}): HeldTenure => ({
  kind: 'held',
  term: 3,
  target: 'shop-0',
  targetUID: 'uid-0',
  targetRun: 'run-0',
  current: 'shop-0',
  fencedFor: undefined,
  silentFor: seconds(0),
  ended: undefined,
  failingFor: milliseconds(0),
  lastServed: undefined,
  ...change,
});

export const instances = (...all: readonly InstanceView[]): ClusterView['instances'] =>
  new Map(all.map((instance) => [instance.name, instance]));

export const primary = (ordinal: number, change: Partial<InstanceView> = {}): InstanceView => ({
  ...replica(ordinal),
  pod: podWith(ordinal, { roleLabel: 'primary' }),
  sighting: reported(ordinal, { role: 'primary', upstream: undefined }),
  ...change,
});

export const replica = (ordinal: number, change: Partial<InstanceView> = {}): InstanceView => ({
  name: podName('shop', ordinal),
  ordinal,
  pod: podWith(ordinal),
  claim: claimWith(),
  sighting: reported(ordinal),
  lastReport: undefined,
  missedFor: milliseconds(0),
  ...change,
});

export const podWith = (ordinal: number, change: Partial<PodFacts> = {}): PodFacts => ({
  name: podName('shop', ordinal),
  uid: `uid-${ordinal}`,
  ip: `10.0.0.${ordinal}`,
  node: { name: 'node-1', schedulable: true, outOfService: false },
  ended: undefined,
  phase: 'Running',
  ready: true,
  deleting: false,
  createdAt: instant(now - long),
  specHash: 'hash',
  parts,
  resources: { asked: resources, inForce: resources, delay: undefined },
  owner: 'ours',
  roleLabel: 'replica',
  trouble: undefined,
  ...change,
});

export const claimWith = (change: Partial<ClaimFacts> = {}): ClaimFacts => ({
  uid: 'claim-uid',
  bound: true,
  deleting: false,
  storageClassName: 'standard',
  requestedBytes: 2n ** 30n,
  capacityBytes: 2n ** 30n,
  resizeError: undefined,
  refusal: undefined,
  madeForThisCluster: true,
  ...change,
});

/** What a replica in sync with `shop-0` in term 3 reports, but for what is changed. */
export const reported = (ordinal: number, change: Partial<InstanceReport> = {}): Sighting => ({
  kind: 'reported',
  report: {
    pod: podName('shop', ordinal),
    podUID: `uid-${ordinal}`,
    managerVersion: 'test',
    clock: 0,
    engine: { name: 'redis', version: '7.2.4' },
    process: { state: 'running', pid: 7, exit: undefined, run: `run-${ordinal}` },
    role: 'replica',
    term: 3,
    promise: undefined,
    leaseLeftMs: undefined,
    fencedByUser: false,
    writesRefused: undefined,
    bootTerm: 2,
    syncedTerm: 3,
    fence: undefined,
    replicationId: 'history',
    offset: 100,
    upstream: {
      pod: 'shop-0',
      address: '10.0.0.0:6379',
      linkUp: true,
      syncInProgress: false,
      lagBytes: 0,
      inSync: true,
      heardMsAgo: 0,
    },
    connectedReplicas: 0,
    data: { keys: 5, foundOnVolume: true, lastRole: 'replica' },
    configError: undefined,
    pendingRestart: [],
    ...change,
  },
});

const silence = { kind: 'silent', because: 'no answer in time', for: hours(0) } as const;
/** Nothing was heard. */
export const silent: Sighting = silence;

/** Every combination of one choice for each field. */
export function everyOne<Shape extends object>(
  choices: { readonly [Field in keyof Shape]: readonly Shape[Field][] },
): readonly Shape[] {
  const fields = Object.entries<readonly unknown[]>(choices);
  const combined = fields.reduce<readonly object[]>(
    (made, [field, values]) => made.flatMap((one) => values.map((value) => ({ ...one, [field]: value }))),
    [{}],
  );
  return combined as readonly Shape[];
}
