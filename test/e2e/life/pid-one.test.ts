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
    await inPod('sleep 1 >/dev/null 2>&1 &');
    await eventually('there is an orphan that has ended', async () => (await zombies()) || undefined, 10);
    await eventually('it is gone', async () => ((await zombies()) === 0 ? true : undefined), 25);
    assert.equal((await inPod('cat /proc/1/task/1/children')).trim(), server);
    const { status } = await getJson<PodStatus>('pod', 'shop-0', '-n', namespace);
    assert.equal(status.containerStatuses[0]?.restartCount, 0);
  });
});

const inPod = (script: string): Promise<string> =>
  kubectl('exec', 'shop-0', '-n', namespace, '-c', 'redis', '--', 'sh', '-c', script);

/** How many children of process 1 have ended and wait to be collected. */
async function zombies(): Promise<number> {
  const lines = (await inPod('cat /proc/[0-9]*/stat 2>/dev/null; true')).split('\n');
  return lines.filter((line) => / Z 1 /.test(line.slice(line.lastIndexOf(')')))).length;
}
