import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import {
  assertOnBothReplicas,
  dropNamespace,
  engineImage,
  makeNamespace,
  newName,
  TestCluster,
} from '../cluster.ts';
import { harmless } from '../harmless.ts';
import { refusal } from '../kubectl.ts';
import { eventually } from '../wait.ts';

const namespace = newName('e2e-tenure');
const keys = 100;

type Fields = Readonly<Record<string, unknown>>;

describe(`a tenure that was edited by hand, with ${engineImage}`, () => {
  const shop = new TestCluster(namespace, 'shop');
  const neighbour = new TestCluster(namespace, 'neighbour');
  before(async () => {
    await makeNamespace(namespace);
    await Promise.all([shop.apply({ instances: 3 }), neighbour.apply({})]);
    await Promise.all([shop.healthy(90), neighbour.healthy(90)]);
    const leader = await shop.connect(await shop.serviceAddress('leader'));
    for (let key = 0; key < keys; key += 1) await leader.set(`key:${key}`, key);
    await assertOnBothReplicas(leader);
    leader.disconnect();
  });
  after(() => dropNamespace(namespace));

  const refused: Readonly<Record<string, readonly [Fields, RegExp]>> = {
    'a term of nothing': [{ term: 0 }, /status\.term/],
    'a term below nothing': [{ term: -7 }, /status\.term/],
    'a term and a half': [{ term: 1.5 }, /status\.term/],
    'a term that no number holds': [{ term: 2 ** 53 }, /status\.term/],
    'a term in words': [{ term: 'two' }, /status\.term/],
    'a primary without a name': [{ targetPrimary: '' }, /status\.targetPrimary/],
    'a list of primaries': [{ targetPrimary: ['shop-0', 'shop-1'] }, /status\.targetPrimary/],
    'a primary with an endless name': [{ currentPrimary: 'x'.repeat(300) }, /status\.currentPrimary/],
    'a fence since yesterday': [{ primaryFencedSince: 'yesterday' }, /status\.primaryFencedSince/],
    'an instance that is a number': [{ instancesStatus: { 'shop-0': 7 } }, /status\.instancesStatus/],
  };
  harmless(
    neighbour,
    'what is of the wrong type or beyond its bounds is refused, field by field',
    async () => {
      const { term, targetPrimary } = await shop.status();
      for (const [what, [status, words]] of Object.entries(refused))
        assert.match(await refusal(shop.patchStatus(status)), words, what);
      const untouched = await shop.status();
      assert.deepEqual([untouched.term, untouched.targetPrimary], [term, targetPrimary]);
    },
  );

  /** What the schema lets through, each given to a healthy cluster of which the primary and one replica are named. */
  const edits: Readonly<Record<string, (replica: string) => Fields>> = {
    'names a confirmed primary that is a replica': (replica) => ({ currentPrimary: replica }),
    'is gone altogether': () => ({
      term: null,
      targetPrimary: null,
      currentPrimary: null,
      primarySince: null,
      primaryFencedSince: null,
    }),
    'has lost one half': () => ({ targetPrimary: null }),
    'names a primary that does not exist': () => ({ targetPrimary: 'nobody-7' }),
    'names another primary for the same term': (replica) => ({ targetPrimary: replica }),
    'is of a term long past': () => ({ term: 1 }),
    'is fenced since the day that time began': () => ({ primaryFencedSince: '1970-01-01T00:00:00Z' }),
    'is of a term that is far ahead': () => ({ term: 4_000_000_000 }),
  };
  /** No instance has obeyed a higher one. */
  let highestTerm = 1;
  for (const [what, change] of Object.entries(edits)) {
    harmless(neighbour, `one that ${what} makes no two writable and loses no key (I1, I5)`, async () => {
      const { term: termBefore = 0, targetPrimary = '', instancesStatus = {} } = await shop.healthy(30);
      const replica = Object.keys(instancesStatus).find((pod) => pod !== targetPrimary) ?? '';
      await shop.patchStatus(change(replica));
      for (const end = performance.now() + 3000; performance.now() < end; ) {
        await atMostOneWritable(shop);
        await sleep(50);
      }
      const healed = await healedOrDoubted(shop);
      const { term: termAfter = 0 } = await shop.status();
      highestTerm = Math.max(highestTerm, termBefore, termAfter);
      if (!healed) {
        // What people are told to do: appoint somebody in a term that is newer than all.
        highestTerm += 1;
        const tenure = { term: highestTerm, targetPrimary, currentPrimary: null, primaryFencedSince: null };
        await shop.patchStatus(tenure);
      }
      const { term = 0 } = await shop.healthy(90);
      highestTerm = Math.max(highestTerm, term);
      assert.ok(await eventually('all agree', () => isHealed(shop), 30));
      for (const [pod, size] of await shop.onEach((client) => client.dbsize()))
        assert.ok(size >= keys, `${pod} has ${size} keys`);
    });
  }
});

/** Pods are asked one after the other, so two may seem writable at a change; never in two rounds running. */
async function atMostOneWritable(cluster: TestCluster): Promise<void> {
  const first = await writable(cluster);
  if (first.length <= 1) return;
  const second = await writable(cluster);
  assert.ok(second.length <= 1, `two rounds found more than one: ${first.join()}, then ${second.join()}`);
}

async function writable(cluster: TestCluster): Promise<readonly string[]> {
  const answers = await cluster.onEach((client) =>
    client.set('probe', '1').then(
      () => true,
      () => false,
    ),
  );
  return [...answers].flatMap(([pod, taken]) => (taken ? [pod] : []));
}

/** By every account: the status alone may be what it was before anybody looked. Rejects with what is not so. */
async function isHealed(cluster: TestCluster): Promise<true | undefined> {
  const { phase } = await cluster.status();
  if (phase !== 'Healthy') throw new Error(`it is ${phase}`);
  await cluster.agreement();
  return true;
}

/** Whether it heals. If it does not within seven seconds, a condition tells what is wrong. */
async function healedOrDoubted(cluster: TestCluster): Promise<boolean> {
  const patience = performance.now() + 7000;
  const look = async (): Promise<boolean | undefined> => {
    if (await isHealed(cluster).catch(() => false)) return true;
    return performance.now() > patience && doubtOf(await cluster.status()) !== '' ? false : undefined;
  };
  return await eventually('it heals, or a condition tells what is wrong', look, 20);
}

const doubtOf = ({ conditions = [] }: RedisClusterStatus): string =>
  conditions.find(({ type, status }) => type === 'PrimaryAvailable' && status === 'False')?.message ?? '';
