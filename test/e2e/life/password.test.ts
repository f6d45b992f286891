import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteObject } from '../api.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson, kubectl, kubectlWith } from '../kubectl.ts';
import { type Account, Ledger, missingFrom, pauses } from '../ledger.ts';
import { memberOf, serverPid } from '../members.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-password');
/** How long kubelets may take to bring a Secret, and how long the former password is taken after that. */
const projected = 180;
const grace = 300;
/** Who waits for minutes looks every two seconds. */
const pause = 2000;

describe(`Scenario 19: another password, with ${engineImage}`, { concurrency: true }, () => {
  const made = makeNamespace(namespace);
  after(() => dropNamespace(namespace));

  test('in the Secret that was made for the cluster, which was deleted before and came back as it was', async () => {
    await made;
    const cluster = new TestCluster(namespace, 'made');
    await cluster.apply({ instances: 3 });
    await cluster.healthy(180);
    const password = await cluster.password();
    await kubectl('delete', 'secret', cluster.secret, '-n', namespace);
    const back = await eventually('it is back', () => cluster.password().catch(() => undefined), 20);
    assert.equal(back, password);
    await rotate(cluster);
  });

  test("in the user's own Secret", async () => {
    await made;
    const cluster = new TestCluster(namespace, 'own', engineImage, 'mine');
    await kubectlWith(secretWith(cluster, 'the first of "theirs"'), 'create');
    await cluster.apply({ instances: 3, authSecret: { name: 'mine' } });
    await cluster.healthy(180);
    await rotate(cluster);
  });

  test('by another name: pods are made anew one after the other, and each lets the others in', async () => {
    await made;
    const cluster = new TestCluster(namespace, 'named', engineImage, 'next');
    const former = new TestCluster(namespace, 'named');
    await cluster.apply({ instances: 3 });
    await cluster.healthy(180);
    const old = await former.password();
    await kubectlWith(secretWith(cluster, 'of another Secret'), 'create');
    const ledger = new Ledger(await writerOf(former), 1, pauses.rare);
    await cluster.apply({ instances: 3, authSecret: { name: 'next' } });
    await cluster.healthy(300);
    await ledger.stop();
    await cluster.agreed(30);
    await assertKept(cluster, [await ledger.stop()]);
    for (const { status } of await cluster.pods())
      assert.deepEqual([await takes(cluster, status.podIP, await cluster.password())], [true], old);
    // The others wait for minutes yet.
    await deleteObject('redisclusters', cluster.name, '-n', namespace);
  });
});

const secretWith = ({ secret: name }: TestCluster, password: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  stringData: { password },
});

/** Replaces the password under writes, kills the primary in the middle, and waits until the former one is refused. */
async function rotate(cluster: TestCluster): Promise<void> {
  const before = await livesOf(cluster);
  const [old, next] = [await cluster.password(), 'the next of "them" #2'];
  const ledgers = [await Ledger.of(cluster, 1, pauses.rare)];
  const accounts: Account[] = [];
  try {
    const change = JSON.stringify({ stringData: { password: next } });
    await kubectl('patch', 'secret', cluster.secret, '-n', namespace, '--type=merge', '-p', change);
    await eventually(
      'somebody takes it',
      async () => (await takenBy(cluster, next)) > 0 || undefined,
      projected,
      pause,
    );
    await kill(cluster);
    const all = async () => (await takenBy(cluster, next)) === 3 || undefined;
    await eventually('all take it', all, projected, pause);
    assert.equal(await takenBy(cluster, old), 3, 'the former one is taken still');
    ledgers.push(await Ledger.of(cluster, 1, pauses.rare));
    await kill(cluster);
    await cluster.healthy(60);
    await sleep(5000);
    const wrote = async () => ledgers.every(({ count }) => count > 50) || undefined;
    await eventually('both write', wrote, 60);
    for (const ledger of ledgers) accounts.push(await ledger.stop());
    assert.ok(
      accounts.every(({ acknowledged }) => acknowledged.length > 50),
      'both wrote',
    );
    const none = async () => (await takenBy(cluster, old)) === 0 || undefined;
    await eventually('the former one is refused', none, grace + projected, pause);
  } finally {
    for (const ledger of ledgers) await ledger.stop();
  }
  assert.equal(await takenBy(cluster, next), 3);
  await cluster.healthy(60);
  await cluster.agreed(30);
  await assertKept(cluster, accounts);
  assert.deepEqual(await livesOf(cluster), before, 'no pod and no container was started anew');
  const told = await getJson<{ items: readonly unknown[] }>('events', '-n', namespace);
  const rotated = told.items
    .map((event) => JSON.stringify(event))
    .filter((text) => text.includes('SecretRotated'));
  assert.ok(rotated.some((text) => text.includes(`${cluster.name}-0`)));
  await assertUntold(cluster, [old, next]);
}

/** By first-hand evidence, under whoever is primary at the moment. */
async function kill(cluster: TestCluster): Promise<void> {
  const { term = 0 } = await cluster.status();
  process.kill(serverPid(await memberOf(cluster)), 'SIGKILL');
  await cluster.primaryAfter(term, 30);
}

/** How many instances let in somebody who comes with this password. */
async function takenBy(cluster: TestCluster, password: string): Promise<number> {
  const pods = await cluster.pods();
  const answers = await Promise.all(pods.map(({ status }) => takes(cluster, status.podIP, password)));
  return answers.filter(Boolean).length;
}

async function takes(cluster: TestCluster, host: string | undefined, password: string): Promise<boolean> {
  const look = async (): Promise<boolean> => {
    const client = cluster.impatient(host ?? '', password);
    try {
      return (await client.ping()) === 'PONG';
    } catch (failure) {
      if (/WRONGPASS|NOAUTH/.test(String(failure))) return false;
      throw failure;
    } finally {
      client.disconnect();
    }
  };
  return await eventually(`${host} says whether it lets anybody in`, look, 20);
}

async function writerOf(cluster: TestCluster) {
  const [address, password] = [await cluster.serviceAddress('leader'), await cluster.password()];
  return () => cluster.impatient(address, password);
}

async function assertKept(cluster: TestCluster, accounts: readonly Account[]): Promise<void> {
  const leader = await cluster.connect(await cluster.serviceAddress('leader'));
  for (const account of accounts) assert.deepEqual(await missingFrom(leader, account), []);
  leader.disconnect();
}

const livesOf = async (cluster: TestCluster): Promise<readonly unknown[]> =>
  (await cluster.pods()).map(({ metadata, status }) => [
    metadata.uid,
    status.containerStatuses?.map(({ containerID }) => containerID),
  ]);

/** Neither in what anybody logs, nor in what the API server is told. */
async function assertUntold(cluster: TestCluster, passwords: readonly string[]): Promise<void> {
  const texts = [
    JSON.stringify(await cluster.stored()),
    await kubectl('get', 'events,pods', '-n', namespace, '-o', 'json'),
    ...(await Promise.all(
      (await cluster.pods()).map(({ metadata }) => kubectl('logs', metadata.name, '-n', namespace)),
    )),
    await kubectl('logs', 'deployment/redis-operator', '-n', 'redis-operator-system'),
  ];
  for (const password of passwords.flatMap((one) => [one, JSON.stringify(one).slice(1, -1), btoa(one)]))
    for (const text of texts) assert.ok(!text.includes(password), 'a password was told');
}
