import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-pid-one');

interface PodStatus {
  readonly status: { readonly containerStatuses: readonly { readonly restartCount: number }[] };
}

describe(`process 1 of a pod of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 1 });
    await cluster.healthy(60);
  });
  after(() => dropNamespace(namespace));

  test('is the manager, with redis-server as its child', async () => {
    assert.match(await inPod('cat /proc/1/cmdline'), /manager.*instance/);
    const children = (await inPod('cat /proc/1/task/1/children')).trim().split(' ');
    assert.equal(children.length, 1);
    assert.match(await inPod(`cat /proc/${children[0]}/cmdline`), /(redis|valkey)-server/);
  });

  test('collects what others have left behind, and leaves redis-server alone', async () => {
    const server = (await inPod('cat /proc/1/task/1/children')).trim();
    // Whoever is left behind is a child of process 1 from then on, and stays in its list when it has ended until it is collected.
    const orphan = (await inPod('sleep 8 >/dev/null 2>&1 & echo $!')).trim();
    assert.match(await inPod('cat /proc/1/task/1/children'), new RegExp(`\\b${orphan}\\b`));
    await eventually(`${orphan} has ended and is collected`, async () => isGone(orphan), 30);
    assert.equal((await inPod('cat /proc/1/task/1/children')).trim(), server);
    const { status } = await getJson<PodStatus>('pod', 'shop-0', '-n', namespace);
    assert.equal(status.containerStatuses[0]?.restartCount, 0);
  });
});

const inPod = (script: string): Promise<string> =>
  kubectl('exec', 'shop-0', '-n', namespace, '-c', 'redis', '--', 'sh', '-c', script);

const isGone = async (pid: string): Promise<true | undefined> =>
  (await inPod(`test -e /proc/${pid} || echo gone`)).trim() === 'gone' ? true : undefined;
