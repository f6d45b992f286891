import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestCluster } from '../cluster.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { eventually } from '../wait.ts';

interface PodStatus {
  readonly status: { readonly containerStatuses: readonly { readonly restartCount: number }[] };
}

/** Process 1 of the first pod of a cluster that is healthy. */
export function aboutProcessOne({ namespace, name }: TestCluster): void {
  const pod = `${name}-0`;
  const inPod = (script: string): Promise<string> =>
    kubectl('exec', pod, '-n', namespace, '-c', 'redis', '--', 'sh', '-c', script);
  const isGone = async (pid: string): Promise<true | undefined> =>
    (await inPod(`test -e /proc/${pid} || echo gone`)).trim() === 'gone' ? true : undefined;

  test('process 1 is the manager, with redis-server as its child', async () => {
    assert.match(await inPod('cat /proc/1/cmdline'), /manager.*instance/);
    const children = (await inPod('cat /proc/1/task/1/children')).trim().split(' ');
    assert.equal(children.length, 1);
    assert.match(await inPod(`cat /proc/${children[0]}/cmdline`), /(redis|valkey)-server/);
  });

  test('process 1 collects what others have left behind, and leaves redis-server alone', async () => {
    const server = (await inPod('cat /proc/1/task/1/children')).trim();
    // Whoever is left behind is a child of process 1 from then on, and stays in its list when it has ended until it is collected.
    const orphan = (await inPod('sleep 8 >/dev/null 2>&1 & echo $!')).trim();
    assert.match(await inPod('cat /proc/1/task/1/children'), new RegExp(`\\b${orphan}\\b`));
    await eventually(`${orphan} has ended and is collected`, () => isGone(orphan), 30, 1000);
    assert.equal((await inPod('cat /proc/1/task/1/children')).trim(), server);
    const { status } = await getJson<PodStatus>('pod', pod, '-n', namespace);
    assert.equal(status.containerStatuses[0]?.restartCount, 0);
  });
}
