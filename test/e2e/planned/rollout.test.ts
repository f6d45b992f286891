import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { Ledger, missingFrom } from '../ledger.ts';
import { allMadeAnew, conditionIs, eventsOf, signalRedis, uidsOf, watching } from './operations.ts';

const namespace = newName('e2e-rollout');

describe(`rolling updates of clusters of ${engineImage}`, () => {
  before(() => makeNamespace(namespace));
  after(() => dropNamespace(namespace));

  for (const [how, spec] of Object.entries({
    'on volumes': {},
    'that keeps nothing': { persistence: 'none', storage: { type: 'emptyDir' } },
  })) {
    test(`a cluster of three ${how} is restarted under load: nothing is lost, and one is away at a time`, async (context) => {
      const cluster = new TestCluster(namespace, `three-${how.length}`);
      await cluster.apply({ instances: 3, ...spec });
      await cluster.healthy(90);
      const old = await uidsOf(cluster);
      const seen = { fewestReady: 0, emptyReplicas: 0, samples: 0 };
      const account = await Ledger.during(cluster, 0, async () => {
        const use = async (): Promise<void> => {
          await cluster.annotate('redis.io/restartedAt=now');
          await allMadeAnew(cluster, old, 180);
        };
        Object.assign(seen, await watching(cluster, use));
      });
      await cluster.agreed(30);
      context.diagnostic(`no write for ${account.longestGap} ms; ${JSON.stringify(seen)}`);
      const leader = await cluster.connect(await cluster.serviceAddress('leader'));
      assert.deepEqual(await missingFrom(leader, account), []);
      leader.disconnect();
      assert.ok(seen.fewestReady >= 2, `${seen.fewestReady} were ready at the worst moment`);
      assert.equal(seen.emptyReplicas, 0);
      assert.equal(await eventsOf(cluster, 'RollingUpdateStarted'), 1);
      assert.equal(await eventsOf(cluster, 'RollingUpdateCompleted'), 1);
      assert.equal((await cluster.status()).lastFailover, undefined, 'nobody failed');
    });
  }

  test('of two, with the replica stopped, nothing is touched and it is named; then it goes on', async () => {
    const cluster = new TestCluster(namespace, 'two');
    await cluster.apply({ instances: 2 });
    const { currentPrimary } = await cluster.healthy(90);
    const old = await uidsOf(cluster);
    const replica = Object.keys(old).find((name) => name !== currentPrimary) ?? '';
    await signalRedis(cluster, replica, 'SIGSTOP');
    try {
      await sleep(2_000);
      await cluster.apply({ instances: 2, podTemplate: { metadata: { labels: { version: 'next' } } } });
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
    assert.equal(await eventsOf(cluster, 'PrimaryUpdatePaused'), 1);
    await cluster.annotate('redis.io/approve-primary-update=true');
    await allMadeAnew(cluster, old, 120);
  });

  test('a cluster of one is restarted in place, with its data', async () => {
    const cluster = new TestCluster(namespace, 'one');
    await cluster.apply({ instances: 1 });
    await cluster.healthy(60);
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    await leader.set('kept', 'yes');
    leader.disconnect();
    const old = await uidsOf(cluster);
    await cluster.apply({ instances: 1, resources: { requests: { cpu: '90m', memory: '128Mi' } } });
    await allMadeAnew(cluster, old, 90);
    const kept = await cluster.onEach((client) => client.get('kept'));
    assert.deepEqual([...kept.values()], ['yes']);
  });
});
