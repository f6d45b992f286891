import { Annotation } from '../../../api/v1/names.ts';
import { engineImage, type TestCluster } from '../cluster.ts';
import { kubectl, kubectlWith } from '../kubectl.ts';
import { eventually } from '../wait.ts';

/**
 * A cluster as the Go operator of this API leaves one behind, by the names and labels that both share: pods with
 * redis-server and no manager of ours, claims, Services, the password, and a status that names a primary and no term.
 */
export async function makeCluster(
  cluster: TestCluster,
  { instances, primary }: { readonly instances: number; readonly primary: number },
): Promise<void> {
  // Whatever is there before the pods are is not to be made by ours meanwhile.
  const manifest = cluster.manifest({ instances }) as { readonly metadata: object };
  const annotations = { [Annotation.reconcile]: 'disabled' };
  await kubectlWith({ ...manifest, metadata: { ...manifest.metadata, annotations } }, 'create');
  const { uid } = (await cluster.stored()).metadata;
  const owner = {
    apiVersion: 'redis.io/v1',
    kind: 'RedisCluster',
    name: cluster.name,
    uid,
    controller: true,
  };
  const owned = { cluster, owner };
  await kubectlWith(listOf([secretOf(cluster), ...servicesOf(owned)]), 'create');
  const ordinals = Array.from({ length: instances }, (_, ordinal) => ordinal);
  await kubectlWith(listOf(ordinals.map((ordinal) => claimOf(cluster, ordinal))), 'create');
  await kubectlWith(podOf(owned, primary, undefined), 'create');
  const address = await eventually(
    'the primary has an address',
    async () => (await cluster.pods())[0]?.status.podIP,
    60,
  );
  const replicas = ordinals.filter((ordinal) => ordinal !== primary);
  await kubectlWith(listOf(replicas.map((ordinal) => podOf(owned, ordinal, address))), 'create');
  await kubectl(
    'wait',
    'pods',
    '-l',
    `redis.io/cluster=${cluster.name}`,
    '-n',
    cluster.namespace,
    ...untilReady,
  );
  await cluster.patchStatus({ currentPrimary: `${cluster.name}-${primary}` });
  await cluster.annotate(`${Annotation.reconcile}-`);
}

const untilReady = ['--for=condition=Ready', '--timeout=90s'] as const;
const password = 'of-the-other-operator';

interface Owned {
  readonly cluster: TestCluster;
  readonly owner: object;
}

const listOf = (items: readonly unknown[]): unknown => ({ apiVersion: 'v1', kind: 'List', items });

const secretOf = ({ name, namespace }: TestCluster): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: `${name}-auth`, namespace },
  stringData: { password },
});

const servicesOf = ({ cluster: { name, namespace }, owner }: Owned): readonly unknown[] =>
  Object.entries({
    leader: { 'redis.io/role': 'primary' },
    replica: { 'redis.io/role': 'replica' },
    any: {},
  }).map(([kind, selector]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${name}-${kind}`, namespace, ownerReferences: [owner] },
    spec: {
      selector: { 'redis.io/cluster': name, ...selector },
      ports: [{ name: 'redis', port: 6379, targetPort: 6379 }],
    },
  }));

/** Whether they carry a label is not known of that operator: these do not. */
const claimOf = ({ name, namespace }: TestCluster, ordinal: number): unknown => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: `${name}-data-${ordinal}`, namespace },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
});

function podOf({ cluster, owner }: Owned, ordinal: number, upstream: string | undefined): unknown {
  const { name: clusterName, namespace } = cluster;
  const name = `${clusterName}-${ordinal}`;
  const role = upstream === undefined ? 'primary' : 'replica';
  const labels = { 'redis.io/cluster': clusterName, 'redis.io/instance': name, 'redis.io/role': role };
  const settings = [
    '--dir',
    '/data',
    '--appendonly',
    'yes',
    '--requirepass',
    password,
    '--masterauth',
    password,
  ];
  const follows = upstream === undefined ? [] : ['--replicaof', `${upstream} 6379`];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, ownerReferences: [owner] },
    spec: {
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 999,
        runAsGroup: 999,
        fsGroup: 999,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'redis',
          image: engineImage,
          command: ['redis-server', ...settings, ...follows],
          readinessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `${clusterName}-data-${ordinal}` } }],
    },
  };
}
