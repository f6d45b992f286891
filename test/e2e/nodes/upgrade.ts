import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pidsOfContainer } from '../../cluster/faults.ts';
import type { TestCluster } from '../cluster.ts';
import type { Everybody } from '../everybody.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { type Account, Ledger, missingFrom } from '../ledger.ts';
import { operatorReady } from '../operator.ts';
import { eventsOf, uidsOf } from '../planned/operations.ts';
import { eventually } from '../wait.ts';

const next = '9.9.9';
const image = `localhost/redis-operator:${next}`;

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ image: string }] } };
  };
}

const operator = ['deployment/redis-operator', '-n', 'redis-operator-system'];

async function runOperatorOf(one: string): Promise<void> {
  await kubectl('set', 'env', ...operator, `OPERATOR_IMAGE=${one}`);
  await kubectl('set', 'image', ...operator, `manager=${one}`);
  await operatorReady();
}

/** The same build of another version, as an image on every node: that computes, so it is made before anything is measured. */
function makeNextImage(): void {
  const archive = `dist/image/redis-operator-${next}.tar`;
  const node = (...words: readonly string[]): void => {
    execFileSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  node('build/binary.ts', '--version', next);
  node('build/image.ts', '--root', `dist/manager/linux-amd64-${next}`, '--name', image, '--output', archive);
  node('test/cluster/load.ts', archive);
}

/** Every process of an instance that lasts, by name and with the time of its start, which tells it from any other. */
async function processesOf(cluster: TestCluster): Promise<Readonly<Record<string, readonly string[]>>> {
  const pods = await cluster.pods();
  const described = pods.map(({ metadata, status }) => {
    const { containerID = '' } = status.containerStatuses?.find(({ name }) => name === 'redis') ?? {};
    return [metadata.name, pidsOfContainer(containerID).flatMap(describe).sort()] as const;
  });
  return Object.fromEntries(described);
}

function describe(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [, name = ''] = /\((.*)\)/.exec(stat) ?? [];
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return /^(redis-server|valkey-server|manager|MainThread)$/.test(name)
    ? [`${name.replace('MainThread', 'manager')} ${pid} since ${started}`]
    : [];
}

/** For how long, at worst, an instance's manager did not answer while `use` ran; milliseconds. */
async function silences(cluster: TestCluster, use: () => Promise<void>): Promise<readonly number[]> {
  const ended = { yes: false };
  const addresses = (await cluster.pods()).map(({ status }) => status.podIP ?? '');
  const watching = addresses.map(async (address) => {
    let [longest, answered] = [0, performance.now()];
    while (!ended.yes) {
      const answer = await fetch(`http://${address}:8080/healthz`, {
        headers: { connection: 'close' },
      }).catch(() => undefined);
      await answer?.text();
      if (answer?.status === 200) {
        longest = Math.max(longest, performance.now() - answered);
        answered = performance.now();
      }
      await sleep(5);
    }
    return longest;
  });
  try {
    await use();
  } finally {
    ended.yes = true;
  }
  return await Promise.all(watching);
}

/** The operator is another version for a while. */
export function withAnotherVersion({ all }: Everybody): void {
  let former = '';
  before(async () => {
    makeNextImage();
    const { spec } = await getJson<Deployment>(...operator);
    former = spec.template.spec.containers[0].image;
  });

  test('another version of the operator restarts nothing; asked for, it replaces the managers, and no Redis notices', async (context) => {
    await all((cluster) => cluster.annotate('redis.io/upgrade-managers-'));
    const before = await all(livesOf);
    await runOperatorOf(image);
    await sleep(15_000);
    assert.deepEqual(await all(livesOf), before, 'nothing happens by itself');
    await all(async (cluster) => {
      const account = await Ledger.during(cluster, 1, async () => {
        const ask = () => cluster.annotate('redis.io/upgrade-managers=in-place');
        const gaps = await silences(cluster, () => managersReplaced(cluster, ask));
        const told = gaps.map((gap) => gap.toFixed(0)).join(', ');
        context.diagnostic(`${cluster.name}: no manager for ${told} ms`);
      });
      context.diagnostic(`${cluster.name}: no write for ${account.longestGap} ms`);
      assert.deepEqual(await missingAt(cluster, account), []);
    });
    assert.deepEqual(await all(livesOf), before, 'the same pods, processes and primaries');
    for (const version of (await all(versionsOf)).flat()) assert.match(version, /^manager 9\.9\.9 /);
  });

  test('an older one replaces them in the same way, for that is asked for still', async () => {
    const before = await all(livesOf);
    const begun = runOperatorOf(former);
    await all((cluster) => managersReplaced(cluster, () => begun));
    assert.deepEqual(await all(livesOf), before);
    for (const version of (await all(versionsOf)).flat()) assert.doesNotMatch(version, /9\.9\.9/);
  });
}

/** Which pods there are, the processes in them, and who is primary since when. */
async function livesOf(cluster: TestCluster): Promise<unknown> {
  const { term, currentPrimary, lastFailover } = await cluster.status();
  const [uids, processes] = [await uidsOf(cluster), await processesOf(cluster)];
  return { uids, processes, term, currentPrimary, lastFailover };
}

/** Does what has the three managers replaced, and resolves once all are and the cluster is whole: each is told of once. */
async function managersReplaced(cluster: TestCluster, begin: () => Promise<void>): Promise<void> {
  const before = await eventsOf(cluster, 'ManagerUpgraded');
  const told = async (): Promise<number> => (await eventsOf(cluster, 'ManagerUpgraded')) - before;
  await begin();
  const each = async () => ((await told()) >= 3 ? true : undefined);
  await eventually(`the managers of ${cluster.name} were replaced`, each, 240);
  await cluster.healthy(120);
  assert.equal(await told(), 3);
}

async function missingAt(cluster: TestCluster, account: Account): Promise<readonly number[]> {
  const leader = await cluster.connect(await cluster.serviceAddress('leader'));
  try {
    return await missingFrom(leader, account);
  } finally {
    leader.disconnect();
  }
}

/** What each manager says that it is. */
async function versionsOf(cluster: TestCluster): Promise<readonly string[]> {
  const ask = ['-n', cluster.namespace, '-c', 'redis', '--', '/controller/manager', 'version'];
  const pods = await cluster.pods();
  return await Promise.all(pods.map(({ metadata }) => kubectl('exec', metadata.name, ...ask)));
}
