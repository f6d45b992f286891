import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { images } from '../alone/everybody.ts';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../cluster.ts';
import { getJson, kubectl, kubectlWith, refusal } from '../kubectl.ts';
import { Ledger, missingFrom } from '../ledger.ts';
import { operatorNodes, operatorReady } from '../operator.ts';
import { watchWriters } from '../single-writer.ts';
import { eventually } from '../wait.ts';

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
    await makeNamespace(namespace);
    await all(({ cluster, instances }) => cluster.apply({ instances }));
    await all(({ cluster }) => cluster.healthy(120));
  });
  after(() => dropNamespace(namespace));

  test('a budget lets go of one instance at a time, and of whoever is not ready at any time', async () => {
    await all(async ({ cluster: { name }, instances }) => {
      const { spec, status } = await getJson<Budget>('pdb', `${name}-pdb`, '-n', namespace);
      const { maxUnavailable, unhealthyPodEvictionPolicy } = spec;
      assert.deepEqual([maxUnavailable, unhealthyPodEvictionPolicy], [1, 'AlwaysAllow']);
      assert.deepEqual([status.expectedPods, status.disruptionsAllowed], [instances, 1]);
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

/** A cluster, what is written to it, and who is seen to take writes. */
class Drained {
  readonly instances: number;
  readonly cluster: TestCluster;
  #primaryNode = '';
  #ledger: Ledger | undefined;
  readonly #over = new AbortController();
  #watching: ReturnType<typeof watchWriters> | undefined;

  constructor(instances: number, cluster: TestCluster) {
    this.instances = instances;
    this.cluster = cluster;
  }

  async begin(): Promise<void> {
    await this.notePrimary();
    this.#ledger = await Ledger.of(this.cluster, 0);
    this.#watching = watchWriters(this.cluster, this.#over.signal);
  }

  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all([this.#ledger?.stop(), this.#watching]);
  }

  async notePrimary(): Promise<void> {
    const { currentPrimary } = await this.cluster.status();
    const pods = await this.cluster.pods();
    this.#primaryNode = pods.find(({ metadata }) => metadata.name === currentPrimary)?.spec.nodeName ?? '';
  }

  leadsOn(node: string): boolean {
    return this.#primaryNode === node;
  }

  /** Whoever has another node is written to there; the only instance of a cluster waits for the node of its volume. */
  async goesOnWithout(node: string): Promise<void> {
    const pods = await this.cluster.pods();
    const missing = pods
      .filter(({ status }) => status.podIP === undefined)
      .map(({ metadata }) => metadata.name);
    assert.ok(
      pods.every(({ spec }) => spec.nodeName !== node),
      'nothing is left there',
    );
    if (this.instances === 1) return;
    const { count = 0 } = this.#ledger ?? {};
    const more = async () => ((this.#ledger?.count ?? 0) > count + 20 ? true : undefined);
    await eventually(`${this.cluster.name} is written to`, more, 20);
    const [waiting] = missing;
    if (waiting === undefined) return;
    const { currentPrimary = '' } = await this.cluster.status();
    assert.match(await refusal(evict(currentPrimary)), /disruption budget/);
    await evict(waiting);
  }

  async nothingLost(): Promise<string> {
    const account = await this.#ledger?.stop();
    const { looks, doubles } = (await this.#watching) ?? assert.fail('nobody watched');
    if (account === undefined) return assert.fail('nothing was written');
    const leader = await this.cluster.connect(await this.cluster.serviceAddress('leader'));
    assert.deepEqual(await missingFrom(leader, account), [], this.cluster.name);
    leader.disconnect();
    assert.deepEqual(doubles, [], this.cluster.name);
    const { acknowledged, longestGap } = account;
    return `${this.cluster.name}: no write for ${longestGap} ms; A lost none of ${acknowledged.length}; one writer in ${looks} looks`;
  }
}

interface Budget {
  readonly spec: { readonly maxUnavailable: number; readonly unhealthyPodEvictionPolicy: string };
  readonly status: { readonly expectedPods: number; readonly disruptionsAllowed: number };
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1000);

async function nodeNames(): Promise<readonly string[]> {
  const { items } = await getJson<{ items: readonly { metadata: { name: string } }[] }>('nodes');
  return items.map(({ metadata }) => metadata.name);
}

/** Runs `use` while the node is empty; it takes pods again whatever becomes of that. */
async function withDrained(node: string, use: () => Promise<void>): Promise<void> {
  try {
    await kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=180s');
    await use();
  } finally {
    await kubectl('uncordon', node);
    await operatorReady();
  }
}

function evict(pod: string): Promise<string> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
  return kubectlWith(eviction, 'create', '--raw', `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`);
}
