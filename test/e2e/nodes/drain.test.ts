import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { images } from '../everybody.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { operatorNodes, operatorReady } from '../operator.ts';
import { eventually } from '../wait.ts';
import { Drained } from './drained.ts';

const namespace = newName('e2e-drain');
const sizes = [1, 2, 3] as const;

describe(`nodes under clusters of one, two and three of ${images.join(' and of ')}`, () => {
  const clusters = images.flatMap((image, index) =>
    sizes.map(
      (instances) => new Drained(instances, new TestCluster(namespace, `of-${instances}-${index}`, image)),
    ),
  );
  const all = <Result>(use: (one: Drained) => Promise<Result>): Promise<readonly Result[]> =>
    Promise.all(clusters.map(use));
  before(async () => {
    await kindIsKnown();
    await makeNamespace(namespace);
    await all(({ cluster, instances }) => cluster.apply({ instances }));
    await all(({ cluster }) => cluster.healthy(120));
  });
  after(() => dropNamespace(namespace));

  test('a budget lets go of one instance at a time, and of whoever is not ready at any time', async () => {
    await all(async ({ cluster: { name }, instances }) => {
      const { spec, status } = await eventually(
        `one of ${name} may go`,
        async () => {
          const budget = await getJson<Budget>('pdb', `${name}-pdb`, '-n', namespace);
          return budget.status.disruptionsAllowed === 1 ? budget : undefined;
        },
        10,
      );
      const { maxUnavailable, unhealthyPodEvictionPolicy } = spec;
      assert.deepEqual([maxUnavailable, unhealthyPodEvictionPolicy], [1, 'AlwaysAllow']);
      assert.equal(status.expectedPods, instances);
    });
  });

  test('Scenario 14: every node is drained in turn under load: drains end, the primary has handed over before its Redis ends, and nothing is lost', async (context) => {
    await all((one) => one.begin());
    try {
      for (const node of await nodeNames()) {
        const started = performance.now();
        const operatorThere = (await operatorNodes()).includes(node);
        const led = clusters.filter((one) => one.instances > 1 && one.leadsOn(node));
        await withDrained(node, async () => {
          context.diagnostic(
            `${node}${operatorThere ? ', the operator’s,' : ''} was empty after ${seconds(started)} s`,
          );
          await all((one) => one.goesOnWithout(node));
        });
        await all(({ cluster }) => cluster.healthy(120));
        await all(({ cluster }) => cluster.agreed(30));
        await all((one) => one.notePrimary());
        for (const { cluster } of led) {
          const { term, lastSwitchover, lastFailover } = await cluster.status();
          assert.equal(lastSwitchover?.term, term, `${cluster.name}: ${JSON.stringify(lastFailover)}`);
        }
      }
    } finally {
      await all((one) => one.end());
    }
    for (const one of clusters) context.diagnostic(await one.nothingLost());
  });
});

interface Budget {
  readonly spec: { readonly maxUnavailable: number; readonly unhealthyPodEvictionPolicy: string };
  readonly status: { readonly expectedPods: number; readonly disruptionsAllowed: number };
}

/**
 * kube-controller-manager reads twice a minute which kinds there are. A budget over pods of one that it does not know lets nobody
 * go, and it comes back to that budget ever more seldom.
 */
async function kindIsKnown(): Promise<void> {
  const { metadata } = await getJson<Definition>('customresourcedefinitions', 'redisclusters.redis.io');
  const age = (): number => Date.now() - Date.parse(metadata.creationTimestamp);
  await eventually('the kind is known', async () => (age() > 35_000 ? true : undefined), 60, 1000);
}

interface Definition {
  readonly metadata: { readonly creationTimestamp: string };
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1000);

async function nodeNames(): Promise<readonly string[]> {
  const { items } = await getJson<{ items: readonly { metadata: { name: string } }[] }>('nodes');
  return items.map(({ metadata }) => metadata.name);
}

const drainFlags = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=180s'];

/** Runs `use` while the node is empty; it takes pods again whatever becomes of that. */
async function withDrained(node: string, use: () => Promise<void>): Promise<void> {
  try {
    // On kind the provisioner empties volumes in pods of no controller, which last for moments.
    await eventually(`${node} is drained`, () => kubectl('drain', node, ...drainFlags), 240);
    await use();
  } finally {
    await kubectl('uncordon', node);
    await operatorReady();
  }
}
