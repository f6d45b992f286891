import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineMissed } from '../../suite/deadlines.ts';
import { assertUnwritten } from '../audit.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson } from '../kubectl.ts';
import { eventually } from '../wait.ts';
import { logEverything, settingsSent } from './operations.ts';
import { remake } from './remake.ts';

const namespace = newName('e2e-config');
/** Long enough for every poll and resynchronisation of caches to come round; the ten minutes are in test/idle. */
const idleSeconds = Number(process.env['CONFIG_IDLE_SECONDS'] ?? 60);

interface Events {
  readonly items: readonly { readonly reason: string; readonly message: string }[];
}

describe(`the settings of a cluster of ${engineImage}`, () => {
  const cluster = new TestCluster(namespace, 'shop');
  const apply = (redis: Readonly<Record<string, string>>) =>
    cluster.apply({ instances: 3, redis: { 'enable-debug-command': 'yes', ...logEverything, ...redis } });
  before(async () => {
    await makeNamespace(namespace);
    await apply({});
  });
  // What the test before left undone is no fault of the next.
  beforeEach(() => cluster.healthy(60));
  after(() => dropNamespace(namespace));

  const settings = (name: string): Promise<ReadonlyMap<string, string>> =>
    cluster.onEach(async (client) => ((await client.config('GET', name)) as readonly string[])[1] ?? '');
  const everywhere = (name: string, value: string): Promise<true> =>
    eventually(
      `${name} is ${value} everywhere`,
      async () => {
        const found = await settings(name);
        assert.deepEqual([...found.values()], [value, value, value]);
        return true as const;
      },
      30,
    );
  /** Processes by pod: a restart of anything changes it. */
  const processes = (): Promise<ReadonlyMap<string, string>> =>
    cluster.onEach(async (client) => /run_id:(\w+)/.exec(await client.info('server'))?.[1] ?? '');
  const eventsFor = async (reason: string): Promise<Events['items']> =>
    (await getJson<Events>('events', '-n', namespace)).items.filter((event) => event.reason === reason);
  const specValid = async () =>
    (await cluster.status()).conditions?.find(({ type }) => type === 'SpecValid') ??
    assert.fail('no SpecValid');

  test('Scenario 15: a change of maxmemory-policy is set live, stays when each pod is made anew, and then nothing is sent or written', async () => {
    const before = await processes();
    await apply({ 'maxmemory-policy': 'allkeys-lru' });
    await everywhere('maxmemory-policy', 'allkeys-lru');
    assert.deepEqual(await processes(), before);
    const told = await eventually(
      'it is told',
      async () => {
        const events = await eventsFor('ConfigReloaded');
        return events.length > 0 ? events : undefined;
      },
      15,
    );
    assert.ok(told.length <= 3, 'once for each instance at most');
    assert.deepEqual((await cluster.status()).pendingChanges, []);

    const { currentPrimary = '' } = await cluster.healthy(30);
    const pods = (await cluster.pods()).map(({ metadata }) => metadata.name);
    for (const pod of [...pods.filter((name) => name !== currentPrimary), currentPrimary])
      await remake(cluster, pod);
    await everywhere('maxmemory-policy', 'allkeys-lru');

    await sleep(15_000);
    const lives = async () => JSON.stringify([(await cluster.status()).term, ...(await processes())]);
    const lived = await lives();
    const [sent, from] = [await settingsSent(cluster), new Date().toISOString()];
    await sleep(idleSeconds * 1000);
    // Who gets no processor for seconds is replaced, and whoever is started again is told its settings again.
    const live = await lives();
    if (live !== lived) throw new DeadlineMissed(`it was not idle: ${lived}, then ${live}`);
    assert.ok(
      [...sent.values()].flat().length > 0,
      'the log holds what was sent to those that were made anew',
    );
    assert.deepEqual(await settingsSent(cluster), sent);
    assertUnwritten(namespace, from);
  });

  test('what only a start can change comes with a rolling update, and every instance is restarted once', async () => {
    const [before, { term = 0 }] = [await processes(), await cluster.status()];
    await apply({ 'maxmemory-policy': 'allkeys-lru', databases: '5' });
    await eventually(
      'it has come everywhere',
      async () => {
        const found = await settings('databases').catch(() => new Map<string, string>());
        return found.size === 3 && [...found.values()].every((value) => value === '5') ? true : undefined;
      },
      120,
    );
    assert.equal(
      (await cluster.healthy(60)).term,
      term + 1,
      'one primary handed over, when all replicas were done',
    );
    const after = await processes();
    for (const [pod, run] of before) assert.notEqual(after.get(pod), run);
    const [started] = await eventsFor('RollingUpdateStarted');
    assert.match(started?.message ?? '', /databases/);
    assert.deepEqual((await cluster.status()).pendingChanges, []);
  });

  test('Scenario 16: what Redis refuses is told in its words and changes nothing, even when a pod ends; taking it back clears it', async () => {
    const before = await processes();
    await apply({ 'maxmemory-policy': 'bogus', hz: '20', databases: '5' });
    const refused = await eventually(
      'it is told',
      async () => {
        const condition = await specValid();
        return condition.reason === 'ConfigRejected' ? condition : undefined;
      },
      15,
    );
    assert.equal(refused.status, 'False');
    assert.match(refused.message, /maxmemory-policy.*must be one of/s);
    await everywhere('maxmemory-policy', 'allkeys-lru');
    await everywhere('hz', '10');
    assert.deepEqual(await processes(), before);

    const { currentPrimary } = await cluster.status();
    const replica = (await cluster.pods()).find(({ metadata }) => metadata.name !== currentPrimary);
    await remake(cluster, replica?.metadata.name ?? assert.fail('there is no replica'));
    await everywhere('maxmemory-policy', 'allkeys-lru');
    assert.equal((await specValid()).reason, 'ConfigRejected');
    assert.equal((await eventsFor('ConfigRejected')).length, 1);

    await apply({ 'maxmemory-policy': 'allkeys-lru', databases: '5' });
    await eventually(
      'it is cleared',
      async () => ((await specValid()).status === 'True' ? true : undefined),
      15,
    );
  });
});
