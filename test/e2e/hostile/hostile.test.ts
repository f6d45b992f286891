import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { harmless, stuckFor } from '../harmless.ts';
import { getJson, kubectl, kubectlWith, refusal } from '../kubectl.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-hostile');

type Fields = Readonly<Record<string, unknown>>;

describe(`hostile objects beside clusters of ${engineImage}`, () => {
  const neighbour = new TestCluster(namespace, 'neighbour');
  before(async () => {
    await makeNamespace(namespace);
    await neighbour.apply({});
    await neighbour.healthy(60);
  });
  after(() => dropNamespace(namespace));

  /** A harmless test of a cluster that is made for it, and goes when it ends. */
  const withCluster = (name: string, claim: string, use: (cluster: TestCluster) => Promise<void>): void => {
    harmless(neighbour, claim, async () => {
      try {
        await use(new TestCluster(namespace, name));
      } finally {
        await kubectl(
          'delete',
          'redisclusters.redis.io',
          name,
          '-n',
          namespace,
          '--wait=false',
          '--ignore-not-found',
        );
      }
    });
  };

  withCluster('wide', 'long values of any alphabet reach Redis and the pod as they are', async (wide) => {
    const ident = `käse-漢字-🎉-"'#-${'ü'.repeat(900)}`;
    const note = `${'漢'.repeat(1000)}🎉`;
    await wide.apply({
      redis: { 'syslog-ident': `"${ident.replaceAll('"', '\\"')}"` },
      podTemplate: { metadata: { annotations: { 'example.com/note': note } } },
    });
    await wide.healthy(60);
    const values = await wide.onEach((client) => client.config('GET', 'syslog-ident'));
    assert.deepEqual(values.get('wide-0'), ['syslog-ident', ident]);
    const pod = await getJson<{ metadata: { annotations: Fields } }>('pod', 'wide-0', '-n', namespace);
    assert.equal(pod.metadata.annotations['example.com/note'], note);
  });

  withCluster('loud', 'a huge value that Redis refuses is told within bounds', async (loud) => {
    await loud.apply({ redis: { 'no-such-directive': 'é'.repeat(1024) } });
    const message = await stuckFor(loud, /^RedisFailedToStart$/);
    assert.match(message, /no-such-directive/);
    assert.ok(message.length <= 1024, `${message.length} characters`);
  });

  withCluster(
    'labelled',
    'what the API server refuses is told in its words, however many',
    async (cluster) => {
      const withLabels = (labels: Fields): Fields => ({ podTemplate: { metadata: { labels } } });
      await cluster.apply(withLabels({ ключ: 'значение' }));
      assert.match(await stuckFor(cluster, /^Refused$/), /ключ/);
      const many = Array.from({ length: 60 }, (_, index) => [`label-${index}`, 'y'.repeat(1000)]);
      await cluster.apply(withLabels(Object.fromEntries(many)));
      const message = await eventually(
        'the many labels are told of',
        async () => {
          const told = await stuckFor(cluster, /^Refused$/);
          return told.includes('yyyy') ? told : undefined;
        },
        60,
      );
      assert.ok(message.length <= 1024, `${message.length} characters`);
      await cluster.apply({});
      await cluster.healthy(60);
    },
  );

  const malformed: Readonly<Record<string, Fields>> = {
    'ports that are a number': { containers: [{ name: 'side', image: engineImage, ports: 5 }] },
    'a mount without a path': { containers: [{ name: 'redis', volumeMounts: [{ name: 'x' }] }] },
    'an environment that is text': { containers: [{ name: 'redis', env: 'PATH=/tmp' }] },
    'a probe that is a list': { initContainers: [{ name: 'early', image: engineImage, livenessProbe: [] }] },
  };
  withCluster(
    'mould',
    'a malformed template is told of, and the primary is looked after',
    async (cluster) => {
      await cluster.apply({});
      await cluster.healthy(60);
      for (const [what, spec] of Object.entries(malformed)) {
        await cluster.apply({ podTemplate: { spec } });
        const { generation } = (await cluster.stored()).metadata;
        const told = await eventually(
          `SpecValid tells of ${what}`,
          async () => {
            const { observedGeneration, conditions = [] } = await cluster.status();
            if (observedGeneration !== generation) return undefined;
            return conditions.find(({ type, status }) => type === 'SpecValid' && status === 'False');
          },
          30,
        );
        assert.match(told.message, /podTemplate/, what);
        const { conditions = [] } = await cluster.status();
        assert.equal(conditions.find(({ type }) => type === 'PrimaryAvailable')?.status, 'True', what);
      }
      await cluster.apply({});
      await cluster.healthy(30);
    },
  );

  harmless(neighbour, 'a name that none of ours could have is refused with the reason', async () => {
    const create = (name: string): Promise<string> =>
      refusal(kubectlWith(new TestCluster(namespace, name).manifest({}), 'create'));
    assert.match(await create('магазин'), /metadata\.name: .*(RFC 1123|at most 50)/s);
    assert.match(await create('Shop'), /metadata\.name: .*(RFC 1123|at most 50)/s);
    assert.match(
      await create('x'.repeat(63)),
      /metadata\.name: .* at most 50 .*Services are named after it/s,
    );
    assert.match(await create('7up'), /metadata\.name: .* a letter first/s);
  });

  const longest = `l${'o'.repeat(48)}g`;
  withCluster(
    longest,
    'the longest name that is allowed fits all that is named after it',
    async (cluster) => {
      await cluster.apply({ instances: 2 });
      await cluster.healthy(90);
      const agreed = async (): Promise<true> => cluster.agreement().then(() => true as const);
      assert.ok(await eventually('all agree', agreed, 30));
    },
  );

  withCluster('unknown', 'an unknown field is refused, or dropped if nobody cares', async (cluster) => {
    const manifest = cluster.manifest({ instancse: 3 });
    assert.match(await refusal(kubectlWith(manifest, 'create')), /unknown field "spec\.instancse"/);
    await kubectlWith(manifest, 'create', '--validate=ignore');
    const stored = await getJson<{ spec: Fields }>('redisclusters.redis.io', 'unknown', '-n', namespace);
    assert.equal('instancse' in stored.spec, false);
    await cluster.healthy(60);
  });

  withCluster(
    'taken',
    'a Service and a pod of our names that another controls stay as they are',
    async (taken) => {
      const owner = await stranger('taken-by');
      await kubectlWith(foreignService('taken-leader', owner), 'create');
      await kubectlWith(foreignPod('taken-0', { 'redis.io/cluster': 'taken' }, owner), 'create');
      const before = await uidsOf('service/taken-leader', 'pod/taken-0');
      await taken.apply({});
      assert.match(await stuckFor(taken, /^(OwnedByAnother|PodNameTaken)$/), /taken-(leader|0)/);
      await eventually('the rest is made', () => getJson('service/taken-any', '-n', namespace), 30);
      assert.deepEqual(await uidsOf('service/taken-leader', 'pod/taken-0'), before);
      const service = await getJson<{ spec: { selector: Fields } }>(
        'service',
        'taken-leader',
        '-n',
        namespace,
      );
      assert.deepEqual(service.spec.selector, { app: 'stranger' });
    },
  );

  withCluster('sealed', 'a Secret of our name that another controls keeps what is in it', async (sealed) => {
    const mine = Buffer.from('mine').toString('base64');
    await kubectlWith(foreignSecret('sealed-control', mine, await stranger('sealed-by')), 'create');
    await sealed.apply({});
    assert.match(await stuckFor(sealed, /^(OwnedByAnother|Refused)$/), /sealed-control/);
    const secret = await getJson<{ data: Fields }>('secret', 'sealed-control', '-n', namespace);
    assert.deepEqual(secret.data, { mine });
  });

  withCluster('odd', 'a pod of our label and owner, but not of our naming, is left alone', async (odd) => {
    await odd.apply({});
    const { currentPrimary } = await odd.healthy(60);
    const { uid } = (await odd.stored()).metadata;
    const owner = { apiVersion: 'redis.io/v1', kind: 'RedisCluster', name: 'odd', uid, controller: true };
    const labels = { 'redis.io/cluster': 'odd', 'redis.io/role': 'primary', 'redis.io/instance': 'odd-x' };
    await kubectlWith(foreignPod('odd-x', labels, owner), 'create');
    const before = await uidsOf('pod/odd-x');
    await kubectl('delete', 'service/odd-any', '-n', namespace);
    await eventually('a tick has passed', () => getJson('service/odd-any', '-n', namespace), 30);
    const status = await odd.healthy(30);
    assert.deepEqual([status.instances, status.readyInstances], [1, 1]);
    assert.deepEqual(Object.keys(status.instancesStatus ?? {}), ['odd-0']);
    assert.deepEqual(await odd.endpoints('leader'), [currentPrimary]);
    assert.deepEqual(await uidsOf('pod/odd-x'), before);
  });
});

async function uidsOf(...objects: readonly string[]): Promise<readonly string[]> {
  const found = objects.map((object) => getJson<{ metadata: { uid: string } }>(object, '-n', namespace));
  return (await Promise.all(found)).map(({ metadata }) => metadata.uid);
}

/** What an object is that can own others; whatever has an owner that does not exist would be collected. */
async function stranger(name: string): Promise<Fields> {
  await kubectl('create', 'configmap', name, '-n', namespace);
  const [uid] = await uidsOf(`configmap/${name}`);
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, controller: true };
}

const foreignService = (name: string, owner: Fields): unknown => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, ownerReferences: [owner] },
  spec: { selector: { app: 'stranger' }, ports: [{ port: 6379 }] },
});

const foreignSecret = (name: string, mine: string, owner: Fields): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, ownerReferences: [owner] },
  data: { mine },
});

const foreignPod = (name: string, labels: Fields, owner: Fields): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace,
    labels: { 'redis.io/workload': 'other', ...labels },
    ownerReferences: [owner],
  },
  spec: {
    securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'redis',
        image: engineImage,
        command: ['redis-server', '--save', ''],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
});
