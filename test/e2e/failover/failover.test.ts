import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutOff } from '../../cluster/faults.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { kubectl } from '../kubectl.ts';
import { Ledger, missingFrom } from '../ledger.ts';
import { memberOf, serverPid, signalAll } from '../members.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-failover');

describe(`failover of a cluster of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
  });
  // What the test before left undone is no fault of the next.
  beforeEach(() => cluster.healthy(90));
  after(() => dropNamespace(namespace));

  test('a redis-server that is killed is replaced at once, and nothing that a replica confirmed is lost', async () => {
    const account = await Ledger.during(cluster, 1, async (ledger) => {
      for (let round = 0; round < 3; round += 1) {
        const { before: old } = await replaced(cluster, 10, () => signalServer(cluster, 'SIGKILL'));
        const { count } = ledger;
        await eventually('writes go on', async () => (ledger.count > count + 50 ? true : undefined), 20);
        const { lastFailover } = await cluster.status();
        assert.equal(lastFailover?.from, old);
        assert.match(lastFailover?.because ?? '', /SIGKILL|started after it was appointed/);
        await cluster.healthy(30);
      }
    });
    await cluster.agreed(30);
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    assert.deepEqual(await missingFrom(leader, account), []);
    leader.disconnect();
  });

  test('a primary that is cut off is replaced, and the old one takes no write after that', async (context) => {
    const { pod: old, container } = await memberOf(cluster);
    const { longestGap } = await Ledger.during(cluster, 0, async (ledger) => {
      await sleep(500);
      const heal = await cutOff(container, { kind: 'everything' });
      try {
        await replaced(cluster, 15, async () => undefined, old);
        const { count } = ledger;
        await eventually('writes go on', async () => (ledger.count > count + 50 ? true : undefined), 10);
        assert.match(await insideOf(cluster, old, ['SET', 'stray', '1']), /NOREPLICAS|READONLY|MASTERDOWN/);
      } finally {
        await heal();
      }
    });
    // How long it takes is measured where the machine has nothing else to do: make bench, failover-link.
    context.diagnostic(`no write for ${longestGap} ms`);
    await cluster.healthy(60);
    await cluster.agreed(30);
    const roles = await cluster.onEach(async (client) => ((await client.call('ROLE')) as unknown[])[0]);
    assert.equal(roles.get(old), 'slave');
  });

  test('a redis-server that hangs is ended by its own manager and replaced', async () => {
    const { pod: old } = await memberOf(cluster);
    await replaced(cluster, 10, () => signalServer(cluster, 'SIGSTOP'), old);
    await cluster.healthy(60);
    await cluster.agreed(30);
  });

  test('a pod that is frozen whole is replaced, and takes no write when it wakes', async () => {
    const { pod: old, address, pids } = await memberOf(cluster);
    const pinned = cluster.impatient(address, await cluster.password());
    await pinned.set('before', '1');
    signalAll(pids, 'SIGSTOP');
    try {
      await replaced(cluster, 15, async () => undefined, old);
    } finally {
      signalAll(pids, 'SIGCONT');
    }
    await sleep(100);
    await assert.rejects(pinned.set('stray', '1'));
    pinned.disconnect();
    await cluster.healthy(60);
    await cluster.agreed(30);
  });

  test('the user’s fence stops redis-server, has the primary succeeded, and is lifted by the user alone (I7)', async () => {
    const { pod: old } = await memberOf(cluster);
    await replaced(cluster, 30, () => cluster.annotate(`redis.io/fencedInstances=["${old}"]`), old);
    assert.equal(await serverRuns(cluster, old), false);
    await sleep(5000);
    assert.equal(await serverRuns(cluster, old), false);
    await cluster.annotate('redis.io/fencedInstances-');
    await cluster.healthy(60);
    await cluster.agreed(30);
  });
});

/** Resolves once another pod takes writes in a later term than before `cause`. */
async function replaced(
  cluster: TestCluster,
  seconds: number,
  cause: () => Promise<unknown>,
  old?: string,
): Promise<{ readonly before: string }> {
  const { currentPrimary, term = 0 } = await cluster.status();
  const before = old ?? currentPrimary ?? '';
  await cause();
  await eventually(
    `${before} is replaced`,
    async () => {
      const now = await cluster.status();
      const done = now.currentPrimary !== before && (now.term ?? 0) >= (old === undefined ? term + 1 : term);
      if (!done) throw new Error(JSON.stringify(now));
      return true;
    },
    seconds,
  );
  return { before };
}

async function signalServer(cluster: TestCluster, signal: NodeJS.Signals): Promise<void> {
  process.kill(serverPid(await memberOf(cluster)), signal);
}

async function serverRuns(cluster: TestCluster, pod: string): Promise<boolean> {
  const { pids } = await memberOf(cluster, pod);
  return pids.some((pid) => /^(redis|valkey)-server/.test(readFileSync(`/proc/${pid}/comm`, 'utf8')));
}

/** What redis-server in a pod says to a command that comes over its own socket. */
const insideOf = (cluster: TestCluster, pod: string, words: readonly string[]): Promise<string> =>
  kubectl(
    'exec',
    pod,
    '-n',
    namespace,
    '-c',
    'redis',
    '--',
    'sh',
    '-c',
    `REDISCLI_AUTH=$(cat /projected/${cluster.name}-auth/password) $(command -v valkey-cli || command -v redis-cli) -s /run/redis/redis.sock ${words.join(' ')} 2>&1`,
  );
