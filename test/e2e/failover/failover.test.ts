import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutOff, pidsOfContainer } from '../../cluster/faults.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { Ledger, missingFrom } from '../ledger.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-failover');

describe(`failover of a cluster of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(90);
  });
  after(() => dropNamespace(namespace));

  test('a redis-server that is killed is replaced at once, and nothing that a replica confirmed is lost', async () => {
    const account = await Ledger.during(cluster, 1, async (ledger) => {
      for (let round = 0; round < 3; round += 1) {
        const { before: old } = await replaced(cluster, 10, () =>
          kill(cluster, primaryOf(cluster), 'SIGKILL'),
        );
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
    const old = await primaryOf(cluster);
    const { longestGap } = await Ledger.during(cluster, 0, async (ledger) => {
      await sleep(500);
      const heal = await cutOff(await containerOf(cluster, old), { kind: 'everything' });
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

  test('a primary that only the operator cannot reach goes on, and the status says so (I8)', async () => {
    const old = await primaryOf(cluster);
    const { term } = await cluster.status();
    const cut = { kind: 'from', address: await operatorAddress() } as const;
    const { longestGap } = await Ledger.during(cluster, 0, async () => {
      const heal = await cutOff(await containerOf(cluster, old), cut);
      try {
        await eventually('the status says it', () => saysItIsHeard(cluster), 20);
        await sleep(15_000);
      } finally {
        await heal();
      }
    });
    const status = await cluster.healthy(30);
    assert.equal(status.term, term);
    assert.equal(status.currentPrimary, old);
    assert.ok(longestGap < 2000, `no write for ${longestGap} ms`);
  });

  test('a redis-server that hangs is ended by its own manager and replaced', async () => {
    const old = await primaryOf(cluster);
    await replaced(cluster, 10, () => kill(cluster, Promise.resolve(old), 'SIGSTOP'), old);
    await cluster.healthy(60);
    await cluster.agreed(30);
  });

  test('a pod that is frozen whole is replaced, and takes no write when it wakes', async () => {
    const old = await primaryOf(cluster);
    const pids = pidsOfContainer(await containerOf(cluster, old));
    const pinned = await cluster.impatient(await addressOf(cluster, old), await cluster.password());
    await pinned.set('before', '1');
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await replaced(cluster, 15, async () => undefined, old);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    await sleep(100);
    await assert.rejects(pinned.set('stray', '1'));
    pinned.disconnect();
    await cluster.healthy(60);
    await cluster.agreed(30);
  });

  test('replicas that were pointed elsewhere by hand come back, and no key is lost', async () => {
    const account = await Ledger.during(cluster, 0, () => sleep(300));
    await cluster.onEach((client) => client.call('REPLICAOF', '10.0.0.99', '6379'));
    await cluster.healthy(15);
    await cluster.agreed(15);
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    assert.deepEqual(await missingFrom(leader, account), []);
    leader.disconnect();
  });

  test('a replica that was made a primary by hand takes no write and is one no more within 10 seconds', async () => {
    const primary = await primaryOf(cluster);
    const replica = (await cluster.pods()).find(({ metadata }) => metadata.name !== primary);
    assert.ok(replica !== undefined);
    const client = await cluster.connect(replica.status.podIP ?? '');
    await client.call('REPLICAOF', 'NO', 'ONE');
    await assert.rejects(client.set('rival', '1'), /NOREPLICAS|READONLY/);
    client.disconnect();
    await eventually(
      'it follows again',
      async () => {
        const roles = await cluster.onEach(async (each) => ((await each.call('ROLE')) as unknown[])[0]);
        return roles.get(replica.metadata.name) === 'slave' ? true : undefined;
      },
      10,
    );
    await cluster.agreed(15);
  });

  test('a primary that is deleted, its successor as soon as it is one, and the next, converge within 30 seconds each', async () => {
    const leader = await cluster.connect(await cluster.serviceAddress('leader'));
    await leader.set('kept', 'yes');
    assert.equal(await leader.call('WAIT', '2', '5000'), 2);
    leader.disconnect();
    for (let round = 0; round < 3; round += 1) {
      const { currentPrimary = '', term = 0 } = await cluster.status();
      await kubectl('delete', 'pod', currentPrimary, '-n', namespace, '--wait=false');
      await eventually(
        'a primary of a later term takes writes',
        async () => {
          const now = await cluster.status();
          if (now.currentPrimary === now.targetPrimary && (now.term ?? 0) > term) return true;
          throw new Error(JSON.stringify(now));
        },
        30,
      );
    }
    await cluster.healthy(60);
    await cluster.agreed(30);
    const kept = await cluster.onEach((client) => client.get('kept'));
    assert.deepEqual([...kept.values()], ['yes', 'yes', 'yes']);
  });

  test('the user’s fence stops redis-server, has the primary succeeded, and is lifted by the user alone (I7)', async () => {
    const old = await primaryOf(cluster);
    await replaced(cluster, 30, () => annotate(cluster, `redis.io/fencedInstances=["${old}"]`), old);
    assert.equal(serversIn(await containerOf(cluster, old)).length, 0);
    await sleep(5000);
    assert.equal(serversIn(await containerOf(cluster, old)).length, 0);
    await annotate(cluster, 'redis.io/fencedInstances-');
    await cluster.healthy(60);
    await cluster.agreed(30);
  });

  test('10,000 keys of a cluster that keeps nothing on its disk outlive the redis-server of its primary', async () => {
    const memory = new TestCluster(namespace, 'memory');
    await memory.apply({ instances: 3, persistence: 'none', storage: { type: 'emptyDir' } });
    await memory.healthy(90);
    const leader = await memory.connect(await memory.serviceAddress('leader'));
    const batch = leader.pipeline();
    for (let key = 0; key < 10_000; key += 1) batch.set(`key:${key}`, key);
    await batch.exec();
    assert.equal(await leader.call('WAIT', '2', '5000'), 2);
    leader.disconnect();
    await replaced(memory, 10, () => kill(memory, primaryOf(memory), 'SIGKILL'));
    await memory.healthy(60);
    const sizes = await memory.onEach((client) => client.dbsize());
    assert.deepEqual([...sizes.values()], [10_000, 10_000, 10_000]);
  });
});

async function saysItIsHeard(cluster: TestCluster): Promise<true | undefined> {
  const { conditions = [] } = await cluster.status();
  const available = conditions.find(({ type }) => type === 'PrimaryAvailable');
  return available?.message.includes('hears it') ? true : undefined;
}

async function primaryOf(cluster: TestCluster): Promise<string> {
  const { currentPrimary = '' } = await cluster.status();
  return currentPrimary;
}

/** Resolves once another pod takes writes in a later term than before `cause`. */
async function replaced(
  cluster: TestCluster,
  seconds: number,
  cause: () => Promise<void>,
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

async function podOf(cluster: TestCluster, name: string) {
  const pod = (await cluster.pods()).find(({ metadata }) => metadata.name === name);
  assert.ok(pod !== undefined, name);
  return pod;
}

const addressOf = async (cluster: TestCluster, name: string): Promise<string> =>
  (await podOf(cluster, name)).status.podIP ?? '';

async function containerOf(cluster: TestCluster, name: string): Promise<string> {
  const { containerStatuses = [] } = (await podOf(cluster, name)).status;
  return containerStatuses.find((each) => each.name === 'redis')?.containerID ?? '';
}

/** The redis-server processes in a container, as this machine numbers them. */
const serversIn = (containerId: string): readonly number[] =>
  pidsOfContainer(containerId).filter((pid) =>
    /^(redis|valkey)-server/.test(readFileSync(`/proc/${pid}/comm`, 'utf8')),
  );

async function kill(
  cluster: TestCluster,
  pod: Promise<string>,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<void> {
  const [server] = serversIn(await containerOf(cluster, await pod));
  assert.ok(server !== undefined, 'redis-server runs');
  process.kill(server, signal);
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

async function operatorAddress(): Promise<string> {
  const list = await getJson<{ items: { status: { podIP: string } }[] }>(
    'pods',
    '-n',
    'redis-operator-system',
    '-l',
    'app.kubernetes.io/name=redis-operator',
  );
  return list.items[0]?.status.podIP ?? '';
}

const annotate = async (cluster: TestCluster, annotation: string): Promise<void> => {
  const target = ['redisclusters.redis.io', cluster.name, '-n', namespace];
  await kubectl('annotate', ...target, annotation, '--overwrite');
};
