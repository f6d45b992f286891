import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson, kubectl, kubectlWith, refusal } from '../kubectl.ts';

const namespace = newName('e2e-access');

describe('what an instance may do, and what may be asked of the API', () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 1 });
    await cluster.healthy(60);
  });
  after(() => dropNamespace(namespace));

  test("an instance's ServiceAccount reads its own cluster and its own Secrets, and nothing else", async () => {
    const account = `system:serviceaccount:${namespace}:${cluster.name}`;
    const listed = await kubectl('auth', 'can-i', '--list', '-n', namespace, '--as', account);
    const ours = listed
      .split('\n')
      .filter((line) => /redis\.io|secrets|pods|services|configmaps|roles/.test(line));
    assert.deepEqual(
      ours.map((line) => line.trim().split(/\s{2,}/)).sort(),
      [
        ['redisclusters.redis.io', '[]', '[shop]', '[get list watch]'],
        ['secrets', '[]', '[shop-auth]', '[get]'],
        ['secrets', '[]', '[shop-control]', '[get]'],
      ],
      listed,
    );
    for (const forbidden of ['secrets/shop-control-authority', 'pods', 'redisclusters.redis.io/other']) {
      const asked = kubectl('auth', 'can-i', 'get', forbidden, '-n', namespace, '--as', account);
      assert.equal((await answerOf(asked)).trim(), 'no', forbidden);
    }
  });

  test('no secret stands in the arguments, the environment or the logs of a pod', async () => {
    const password = await cluster.password();
    const pod = await getJson<unknown>('pod', 'shop-0', '-n', namespace);
    assert.ok(!JSON.stringify(pod).includes(password));
    assert.ok(!(await kubectl('logs', 'shop-0', '-n', namespace, '--all-containers')).includes(password));
    const processes = await kubectl(
      'exec',
      'shop-0',
      '-n',
      namespace,
      '-c',
      'redis',
      '--',
      'sh',
      '-c',
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ',
    );
    assert.ok(processes.includes('redis'));
    assert.ok(!processes.includes(password));
  });

  const bad: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, RegExp]>> = {
    'no instances': [{ instances: 0 }, /spec\.instances/],
    'an instance and a half': [{ instances: 1.5 }, /spec\.instances/],
    'text for a number': [{ instances: 'three' }, /spec\.instances/],
    'another mode': [{ mode: 'sentinel' }, /spec\.mode: .*only "standalone" is supported yet/],
    'a directive of ours': [
      { redis: { dir: '/tmp' } },
      /spec\.redis: .*"dir" is wrong: the operator sets this directive itself/,
    ],
    'a directive with capitals': [{ redis: { MaxMemory: '1' } }, /lower-case/],
    'a value of two lines': [{ redis: { 'maxmemory-policy': 'noeviction\nrequirepass x' } }, /one line/],
    'an unknown persistence': [{ persistence: 'tape' }, /spec\.persistence/],
    'two limits of memory': [
      { memory: { maxMemory: '1Mi', maxMemoryPercent: 3 }, resources: { limits: { memory: '64Mi' } } },
      /only one of the two/,
    ],
    'a share of nothing': [
      { memory: { maxMemoryPercent: 50 } },
      /resources\.limits\.memory, which is not set/,
    ],
    'TLS, which does not work yet': [
      { tlsSecret: { name: 'x' } },
      /spec\.tlsSecret: .*"x" is wrong: this is not supported yet/,
    ],
    'a backup to start from, which does not work yet': [
      { bootstrap: { backupName: 'x' } },
      /not supported yet/,
    ],
    'more replicas that writes wait for than there are': [
      { minSyncReplicas: 1 },
      /must be less than spec\.instances/,
    ],
    'a size that is none': [{ storage: { size: 'large' } }, /quantity such as 10Gi/],
    'a huge name of an image': [{ imageName: 'x'.repeat(4000) }, /spec\.imageName/],
  };
  for (const [what, [spec, words]] of Object.entries(bad)) {
    test(`${what} is refused with the field and what would be right`, async () => {
      const other = new TestCluster(namespace, 'bad');
      assert.match(await refusal(kubectlWith(other.manifest(spec), 'create')), words);
    });
  }

  test('volumes never shrink, and their type is fixed', async () => {
    assert.match(await refusal(cluster.apply({ storage: { size: '1Mi' } })), /volumes never shrink/);
    assert.match(
      await refusal(cluster.apply({ storage: { type: 'emptyDir', size: '64Mi' } })),
      /cannot be changed/,
    );
  });
});

/** `kubectl auth can-i` says no on its standard output, and by its exit code. */
const answerOf = (asked: Promise<string>): Promise<string> =>
  asked.catch((failure) =>
    failure instanceof Error && 'stdout' in failure ? String(failure.stdout) : String(failure),
  );
