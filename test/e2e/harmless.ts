import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestCluster } from './cluster.ts';
import { getJson } from './kubectl.ts';
import { eventually } from './wait.ts';

/** A test of whose doings nobody else may notice: the operator runs on, and `neighbour` stays healthy in its term. */
export function harmless(neighbour: TestCluster, claim: string, use: () => Promise<void>): void {
  test(claim, async () => {
    const [operators, { term }] = [await runningOperators(), await neighbour.status()];
    await use();
    assert.deepEqual(await runningOperators(), operators, 'the operator was neither restarted nor replaced');
    assert.equal((await neighbour.healthy(30)).term, term);
  });
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string };
    readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
  }[];
}

/** The operators that are there to stay, each with how often it was started again. */
async function runningOperators(): Promise<readonly unknown[]> {
  const place = ['-n', 'redis-operator-system', '-l', 'app.kubernetes.io/name=redis-operator'];
  const { items } = await getJson<PodList>('pods', ...place, '--field-selector=status.phase=Running');
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  assert.ok(staying.length > 0, 'an operator runs');
  return staying.map(({ metadata, status }) => [
    metadata.uid,
    (status.containerStatuses ?? []).map(({ restartCount }) => restartCount),
  ]);
}

/** Resolves to the message of the condition Progressing once it is False for such a reason. */
export const stuckFor = (cluster: TestCluster, reason: RegExp): Promise<string> =>
  eventually(
    `${cluster.name} says ${reason.source}`,
    async () => {
      const { conditions = [] } = await cluster.status();
      const progressing = conditions.find(({ type }) => type === 'Progressing');
      if (progressing?.status !== 'False' || !reason.test(progressing.reason))
        throw new Error(JSON.stringify(conditions));
      return progressing.message;
    },
    60,
  );
