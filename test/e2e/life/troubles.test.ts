import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { kubectlWith } from '../kubectl.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-troubles');

describe(`troubles of a cluster of ${engineImage}`, () => {
  before(() => makeNamespace(namespace));
  after(() => dropNamespace(namespace));

  /** Resolves to the message of the condition Progressing once it is False for `reason`. */
  const stuckFor = (cluster: TestCluster, reason: string): Promise<string> =>
    eventually(
      `${cluster.name} says ${reason}`,
      async () => {
        const { conditions = [] } = await cluster.status();
        const progressing = conditions.find(({ type }) => type === 'Progressing');
        if (progressing?.reason !== reason) throw new Error(JSON.stringify(conditions));
        assert.equal(progressing.status, 'False');
        return progressing.message;
      },
      60,
    );

  test('a wrong image is named in a condition, and the right one recovers', async () => {
    const cluster = new TestCluster(namespace, 'image');
    await cluster.apply({ imageName: 'localhost/no-such-image:1' });
    assert.match(await stuckFor(cluster, 'ImagePullFailed'), /no-such-image/);
    await cluster.apply({});
    await cluster.healthy(60);
  });

  test('an impossible storage class is named in a condition, and another one recovers', async () => {
    const cluster = new TestCluster(namespace, 'class');
    await cluster.apply({ storage: { size: '64Mi', storageClassName: 'no-such-class' } });
    assert.match(await stuckFor(cluster, 'Unschedulable'), /./);
    await cluster.apply({ storage: { size: '64Mi', storageClassName: 'standard' } });
    await cluster.healthy(60);
  });

  test("a directive that Redis refuses is shown in Redis' own words, and another value recovers", async () => {
    const cluster = new TestCluster(namespace, 'directive');
    await cluster.apply({ redis: { 'maxmemory-policy': 'bogus' } });
    assert.match(await stuckFor(cluster, 'RedisFailedToStart'), /maxmemory-policy/);
    await cluster.apply({ redis: { 'maxmemory-policy': 'allkeys-lru' } });
    await cluster.healthy(60);
    const values = await cluster.onEach((client) => client.config('GET', 'maxmemory-policy'));
    for (const [pod, value] of values) assert.deepEqual(value, ['maxmemory-policy', 'allkeys-lru'], pod);
  });

  test('a status edited by hand and pods that only look like ours crash nothing', async () => {
    const cluster = new TestCluster(namespace, 'hostile');
    await cluster.apply({ instances: 2 });
    const { currentPrimary, term } = await cluster.healthy(60);
    await kubectlWith(impostor(cluster), 'create');
    const nonsense = {
      phase: 'Healthy',
      conditions: [],
      instancesStatus: { 'nobody-7': { role: 'primary', connected: true, inSync: true } },
    };
    await cluster.patchStatus(nonsense);
    const status = await eventually(
      'the status is put right',
      async () => {
        const seen = await cluster.healthy(30);
        return seen.instancesStatus?.['nobody-7'] === undefined && seen.conditions?.length !== 0
          ? seen
          : undefined;
      },
      30,
    );
    assert.equal(status.currentPrimary, currentPrimary);
    assert.equal(status.term, term);
    assert.deepEqual(await cluster.endpoints('leader'), [currentPrimary]);
  });
});

/** A pod with our labels that is not ours. */
const impostor = ({ name }: TestCluster): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${name}-9`,
    namespace,
    labels: { 'redis.io/cluster': name, 'redis.io/instance': 'nobody', 'redis.io/workload': 'other' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'stranger',
        uid: '00000000-0000-0000-0000-000000000000',
        controller: true,
      },
    ],
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
