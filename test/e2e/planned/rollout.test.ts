import assert from 'node:assert/strict';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { formerImage } from '../../cluster/engines/engines.ts';
import { DeadlineMissed } from '../../suite/deadlines.ts';
import { dropNamespace, engineImage, makeNamespace, newName, otherImage, TestCluster } from '../cluster.ts';
import { type Account, Ledger, missingFrom } from '../ledger.ts';
import { observed, tell } from '../observed.ts';
import { eventually } from '../wait.ts';
import {
  allMadeAnew,
  conditionIs,
  conditionOf,
  happened,
  signalRedis,
  uidsOf,
  watching,
} from './operations.ts';

const namespace = newName('e2e-rollout');

/** Redis 7.2 becomes Valkey 8, and Valkey 8 becomes Redis 7.2: both write the same format. */
const kinds = {
  'on volumes': {},
  'that keeps nothing': { persistence: 'none', storage: { type: 'emptyDir' } },
} as const;

describe(`rolling updates of clusters of ${engineImage}`, () => {
  const made = makeNamespace(namespace);
  after(() => dropNamespace(namespace));

  for (const [how, spec] of Object.entries(kinds)) {
    test(`Scenario 12: three ${how} become ${otherImage} under load: nothing is lost, one is away at a time, and there is always a replica`, async (context) => {
      await made;
      const cluster = new TestCluster(namespace, `three-${how.length}`);
      await cluster.apply({ instances: 3, ...spec });
      await cluster.healthy(120);
      const old = await uidsOf(cluster);
      const seen = { fewestStaying: 0, fewestReady: 0, emptyReplicas: 0, samples: 0 };
      const began = performance.now();
      const told = await observed(cluster, async () => {
        const use = async (addresses: () => readonly string[]): Promise<void> => {
          const atPods = await Ledger.atPods(cluster, addresses);
          try {
            await cluster.apply({ instances: 3, ...spec, imageName: otherImage });
            await allMadeAnew(cluster, old, 240);
            await keptAll(cluster, await atPods.stop(), context);
          } finally {
            await atPods.stop();
          }
        };
        Object.assign(seen, await watching(cluster, use));
      });
      const perSecond = Math.round((1000 * told.a.acknowledged.length) / (performance.now() - began));
      context.diagnostic(`${tell(told)}, ${perSecond} of A a second; ${JSON.stringify(seen)}`);
      assert.equal(told.lostOfA, 0);
      assert.ok(seen.fewestStaying >= 2, `${seen.fewestStaying} were there at the worst moment`);
      // One that has handed over lets nobody in for seconds, and the third has yet to be seen in sync with its new primary.
      if (seen.fewestReady < 2 || seen.emptyReplicas > 0) throw new DeadlineMissed(JSON.stringify(seen));
      await happened(cluster, 'RollingUpdateStarted');
      await happened(cluster, 'RollingUpdateCompleted');
      const { image, lastFailover } = await cluster.status();
      assert.deepEqual([image, lastFailover], [otherImage, undefined], 'nobody failed');
    });
  }

  describe('several at once', { concurrency: true }, () => {
    for (const [how, spec] of Object.entries(kinds)) {
      test(`Scenario 12, back: three ${how} do not become a Redis that cannot read their data: it is told in its words, and taking it back mends it`, async (context) => {
        await made;
        const cluster = new TestCluster(namespace, `refused-${how.length}`);
        await cluster.apply({ instances: 3, ...spec });
        const { currentPrimary } = await cluster.healthy(120);
        const old = await uidsOf(cluster);
        const told = await observed(cluster, async ({ goOn }) => {
          await cluster.apply({ instances: 3, ...spec, imageName: formerImage });
          const message = await refusedInItsWords(cluster);
          context.diagnostic(message);
          const [syncs, before] = [await fullSyncs(cluster), await uidsOf(cluster)];
          await sleep(10_000);
          const now = await uidsOf(cluster);
          assert.deepEqual(now, before, 'nothing more is touched');
          assert.equal(Object.keys(old).filter((name) => now[name] !== old[name]).length, 1);
          const more = (await fullSyncs(cluster)) - syncs;
          assert.ok(more <= 10, `the primary was asked for all of its data ${more} times in ten seconds`);
          await refusedInItsWords(cluster);
          await goOn(10);
          await cluster.apply({ instances: 3, ...spec });
          assert.equal((await cluster.healthy(120)).currentPrimary, currentPrimary);
        });
        context.diagnostic(tell(told));
        assert.equal(told.lostOfA, 0);
        assert.equal((await cluster.status()).lastFailover, undefined, 'nobody failed');
      });
    }

    test('Scenario 12, back: one alone that becomes a Redis that cannot read its data is down with its words, and has all of it when that is taken back', async () => {
      await made;
      const cluster = new TestCluster(namespace, 'refused-1');
      await cluster.apply({ instances: 1 });
      await cluster.healthy(120);
      const leader = await cluster.connect(await cluster.serviceAddress('leader'));
      await leader.set('kept', 'yes');
      leader.disconnect();
      await cluster.apply({ instances: 1, imageName: formerImage });
      await refusedInItsWords(cluster);
      await cluster.apply({ instances: 1 });
      await cluster.healthy(120);
      const kept = await cluster.onEach((client) => client.get('kept'));
      assert.deepEqual([...kept.values()], ['yes']);
    });

    test('Scenario 13: of two, with the replica stopped, a new image touches nothing and the replica is named; then it goes on', async () => {
      await made;
      const cluster = new TestCluster(namespace, 'two');
      await cluster.apply({ instances: 2 });
      const { currentPrimary } = await cluster.healthy(90);
      const old = await uidsOf(cluster);
      const replica = Object.keys(old).find((name) => name !== currentPrimary) ?? '';
      await signalRedis(cluster, replica, 'SIGSTOP');
      try {
        await sleep(2_000);
        await cluster.apply({ instances: 2, imageName: otherImage });
        const message = await conditionIs(cluster, ['Progressing', 'False', 'UpdateBlocked'], 30);
        assert.match(message, new RegExp(`${replica} does not answer`));
        await sleep(10_000);
        assert.deepEqual(await uidsOf(cluster), old);
      } finally {
        await signalRedis(cluster, replica, 'SIGCONT');
      }
      await allMadeAnew(cluster, old, 120);
      await cluster.agreed(30);
    });

    test('a supervised primary waits for people, says so once, and is updated when they agree', async () => {
      await made;
      const cluster = new TestCluster(namespace, 'supervised');
      const spec = { instances: 2, primaryUpdateStrategy: 'supervised' };
      await cluster.apply(spec);
      const { currentPrimary = '' } = await cluster.healthy(90);
      const old = await uidsOf(cluster);
      await cluster.annotate('redis.io/restartedAt=now');
      const message = await conditionIs(cluster, ['PrimaryUpdateWaiting', 'True', 'ApprovalNeeded'], 90);
      assert.match(message, new RegExp(`${currentPrimary} is the primary`));
      await sleep(5_000);
      const waiting = await cluster.status();
      assert.deepEqual([waiting.phase, waiting.currentPrimary], ['WaitingForUser', currentPrimary]);
      assert.equal((await uidsOf(cluster))[currentPrimary], old[currentPrimary]);
      await happened(cluster, 'PrimaryUpdatePaused');
      await cluster.annotate('redis.io/approve-primary-update=true');
      await allMadeAnew(cluster, old, 120);
    });

    test('a cluster of one is restarted in place, with its data', async () => {
      await made;
      const cluster = new TestCluster(namespace, 'one');
      await cluster.apply({ instances: 1 });
      await cluster.healthy(60);
      const leader = await cluster.connect(await cluster.serviceAddress('leader'));
      await leader.set('kept', 'yes');
      leader.disconnect();
      const old = await uidsOf(cluster);
      await cluster.annotate('redis.io/restartedAt=now');
      await allMadeAnew(cluster, old, 90);
      const kept = await cluster.onEach((client) => client.get('kept'));
      assert.deepEqual([...kept.values()], ['yes']);
    });
  });
});

async function keptAll(cluster: TestCluster, account: Account, context: TestContext): Promise<void> {
  const { acknowledged, longestGap } = account;
  const leader = await cluster.connect(await cluster.serviceAddress('leader'));
  assert.deepEqual(await missingFrom(leader, account), []);
  leader.disconnect();
  context.diagnostic(`at the pods no write for ${longestGap} ms; none of ${acknowledged.length} lost`);
}

/** Resolves to what is said of the replica that does not come up. */
const refusedInItsWords = (cluster: TestCluster): Promise<string> =>
  eventually(
    'the words of Redis are told',
    async () => {
      const { status, reason, message = '' } = (await conditionOf(cluster, 'Progressing')) ?? {};
      const told = /refused-\d+-\d: .*Can't handle RDB format version \d+/.test(message);
      if (status !== 'False' || !told) throw new Error(JSON.stringify(await cluster.status()));
      return `${reason}: ${message}`;
    },
    60,
  );

/** How often the primary was asked for all of its data. */
async function fullSyncs(cluster: TestCluster): Promise<number> {
  const { currentPrimary } = await cluster.status();
  const pod = (await cluster.pods()).find(({ metadata }) => metadata.name === currentPrimary);
  const client = await cluster.connect(pod?.status.podIP ?? '');
  try {
    return Number(/sync_full:(\d+)/.exec(await client.info('stats'))?.[1]);
  } finally {
    client.disconnect();
  }
}
