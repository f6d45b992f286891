import assert from 'node:assert/strict';
import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import type { TestCluster } from '../cluster.ts';
import { eventually } from '../wait.ts';

export async function primaryOf(cluster: TestCluster): Promise<string> {
  const { currentPrimary = '' } = await cluster.status();
  return currentPrimary;
}

/** One that is in sync. */
export async function replicaOf(cluster: TestCluster): Promise<string> {
  const { currentPrimary, switchoverAnswered, instancesStatus = {} } = await cluster.status();
  // What was asked for and answered is not carried out again.
  const found = Object.entries(instancesStatus).find(
    ([pod, { inSync }]) => pod !== currentPrimary && pod !== switchoverAnswered && inSync,
  );
  return found?.[0] ?? assert.fail('no replica is in sync');
}

/** Resolves once another is primary, by a switchover from this one. */
export async function handedOver(
  cluster: TestCluster,
  from: string,
  seconds: number,
): Promise<RedisClusterStatus> {
  return await eventually(
    `${from} has handed over`,
    async () => {
      const status = await cluster.status();
      const done = status.currentPrimary !== from && status.currentPrimary === status.targetPrimary;
      if (!done || status.lastSwitchover?.from !== from) throw new Error(JSON.stringify(status));
      return status;
    },
    seconds,
  );
}
