import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cutLink, healLink } from '../../cluster/faults.ts';
import { assertShorter, upToThree } from '../../suite/deadlines.ts';
import type { TestCluster } from '../cluster.ts';
import { everybody, images } from '../everybody.ts';
import { kubectl } from '../kubectl.ts';
import { pauses } from '../ledger.ts';
import { memberOf, serverPid, signalAll } from '../members.ts';
import { type Observed, observed, tell } from '../observed.ts';
import { operatorNodes } from '../operator.ts';
import { eventually } from '../wait.ts';
import { behindProxies } from './proxies.ts';
import { withAnotherVersion } from './upgrade.ts';

/** What meets a whole node meets every pod on it, whosever it is, and another operator every cluster: nothing else may run beside this. */
describe(`what meets a node, or every cluster: of ${images.join(' and of ')}`, () => {
  const everyone = everybody('e2e-nodes');
  const { clusters, all } = everyone;
  withAnotherVersion(everyone);
  behindProxies(everyone);

  test('a primary leaves a node that is cordoned, and nothing is lost', async (context) => {
    for (const cluster of clusters) {
      const { pod: old, node } = await memberOf(cluster);
      const { term = 0 } = await cluster.status();
      const leaves = (): Promise<void> => onCordoned(node, () => cluster.primaryAfter(term, 30));
      const seen = await observed(cluster, leaves, pauses.dense);
      const { lastSwitchover } = await cluster.status();
      assert.match(lastSwitchover?.because ?? '', /is to be drained/);
      assert.equal((await cluster.roles()).get(old), 'slave');
      assert.equal(seen.lostOfA, 0);
      context.diagnostic(tell(seen));
      await all((each) => each.healthy(60));
    }
  });

  test('Scenario 1: the primary is deleted from a cordoned node: what is written meanwhile is there when it is back', async (context) => {
    for (const cluster of clusters) {
      const { pod: old, node } = await memberOf(cluster);
      const written = Array.from({ length: 1000 }, (_, index) => `meanwhile:${index}`);
      const { term = 0 } = await cluster.status();
      const isDeleted = async (): Promise<void> => {
        await cluster.deletePod(old);
        await cluster.primaryAfter(term, 30);
        const leader = await cluster.connect(await cluster.serviceAddress('leader'));
        for (const key of written) await leader.set(key, key);
        leader.disconnect();
      };
      const seen = await observed(cluster, () => onCordoned(node, isDeleted), pauses.dense);
      await all((each) => each.healthy(60));
      const present = await cluster.onEach((client) => client.exists(written));
      assert.deepEqual([...present.values()], [1000, 1000, 1000]);
      assert.equal((await cluster.roles()).get(old), 'slave');
      context.diagnostic(tell(seen));
    }
  });

  test('Scenario 4: the link of the primary’s node is cut: another one writes within 5 seconds, and it alone; healed, the old one is a replica', async (context) => {
    for (const cluster of clusters) {
      // One writer and nothing lost each time; within 5 seconds once.
      const gaps = await upToThree(5000, async () => {
        const seen = await cutPrimaryOff(cluster);
        await all((each) => each.healthy(60));
        context.diagnostic(tell(seen));
        return seen.a.longestGap;
      });
      assertShorter(Math.min(...gaps), 5000, `no write for ${gaps.join(', ')} ms`);
    }
  });
});

async function onCordoned(node: string, act: () => Promise<unknown>): Promise<void> {
  await kubectl('cordon', node);
  try {
    await act();
  } finally {
    await kubectl('uncordon', node);
  }
}

async function cutPrimaryOff(cluster: TestCluster): Promise<Observed> {
  const old = await primaryBesideNoOperator(cluster);
  const { term = 0 } = await cluster.status();
  const seen = await observed(cluster, async ({ goOn }) => {
    await cutLink(old.node);
    try {
      await cluster.primaryAfter(term, 20);
      await goOn(20);
    } finally {
      await healLink(old.node);
    }
  });
  assert.equal((await cluster.roles()).get(old.pod), 'slave');
  return seen;
}

/** Its primary, moved until it is on another node than the operator: who else would make another one? */
async function primaryBesideNoOperator(cluster: TestCluster) {
  return await eventually(
    'the primary is on another node than the operator',
    async () => {
      const { term = 0 } = await cluster.healthy(60);
      const primary = await memberOf(cluster);
      if (!(await operatorNodes()).includes(primary.node)) return primary;
      signalAll([serverPid(primary)], 'SIGKILL');
      await cluster.primaryAfter(term, 30);
      return undefined;
    },
    180,
  );
}
