import assert from 'node:assert/strict';
import type { TestCluster } from '../cluster.ts';
import { kubectlWith, refusal } from '../kubectl.ts';
import { Ledger, missingFrom, pauses } from '../ledger.ts';
import { watchWriters } from '../single-writer.ts';
import { eventually } from '../wait.ts';

/** A cluster, what is written to it, and who is seen to take writes. */
export class Drained {
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
    this.#ledger = await Ledger.of(this.cluster, 0, pauses.rare);
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
    assert.ok(
      pods.every(({ spec }) => spec.nodeName !== node),
      'nothing is left there',
    );
    if (this.instances === 1) return;
    const { count = 0 } = this.#ledger ?? {};
    const more = async () => ((this.#ledger?.count ?? 0) > count + 20 ? true : undefined);
    await eventually(`${this.cluster.name} is written to`, more, 20);
    // Three are on three nodes, so one of them waits now.
    if (this.instances === 3) await this.#oneIsEnough();
  }

  /** While one instance is away the budget lets no other one go, but whoever is not ready. */
  async #oneIsEnough(): Promise<void> {
    const waiting = await eventually(
      'a pod waits for its node',
      async () => (await this.cluster.pods()).find(({ status }) => status.podIP === undefined)?.metadata.name,
      60,
    );
    const { currentPrimary = '' } = await this.cluster.status();
    assert.match(await refusal(this.#evict(currentPrimary)), /disruption budget/);
    await this.#evict(waiting);
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

  #evict(name: string): Promise<string> {
    const { namespace } = this.cluster;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    return kubectlWith(eviction, 'create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`);
  }
}
