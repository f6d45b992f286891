import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceReport } from '../../control/protocol.ts';
import { invariant } from '../../errors.ts';
import { systemClock } from '../../time/system-clock.ts';
import { milliseconds } from '../../time/units.ts';
import { decideFailover } from './failover/decide.ts';
import { type Arranged, arrange } from './hand-over.ts';
import { ClusterMemory } from './memory.ts';
import type { InstanceCommand, Ports } from './ports.ts';
import { decideSwitchover } from './switchover/decide.ts';
import type { ClusterView } from './view.ts';
import { clusterWith, reported, viewWith } from './views.fixture.ts';

const identity = { name: 'shop', namespace: 'orders', uid: 'u1' };
const status = { term: 3, targetPrimary: 'shop-0', currentPrimary: 'shop-0' };
const request = {
  to: 'shop-2',
  answered: false,
  askedFor: milliseconds(0),
  refusedAgo: undefined,
  planned: false,
};

/** An operator in front of a primary that says this when it is asked to release its term. */
class Bench {
  readonly orders: InstanceCommand[] = [];
  readonly written: unknown[] = [];
  readonly memory = new ClusterMemory(systemClock);
  readonly #answer: Partial<InstanceReport> | undefined;

  constructor(answer: Partial<InstanceReport> | undefined) {
    this.#answer = answer;
  }

  async arrange(view: ClusterView): Promise<Arranged> {
    const cluster = clusterWith(
      { instances: 3 },
      { metadata: { ...identity, resourceVersion: '41' }, status },
    );
    const failover = decideFailover(view);
    const planned = decideSwitchover(view, failover);
    const { signal } = new AbortController();
    return await arrange(planned, { cluster, view, failover }, this.#ports(), signal);
  }

  #ports(): Ports {
    const sighting = this.#answer && reported(0, this.#answer);
    const report = sighting?.kind === 'reported' ? sighting.report : undefined;
    return {
      clock: systemClock,
      log: { warn: () => undefined },
      memory: this.memory,
      instances: {
        command: (_cluster: unknown, _target: unknown, order: InstanceCommand) => {
          this.orders.push(order);
          return Promise.resolve(report);
        },
      },
      kube: {
        patchStatus: (_resource: unknown, _key: unknown, change: unknown) => {
          this.written.push(change);
          return Promise.resolve({ metadata: { resourceVersion: '42' } });
        },
      },
    } as unknown as Ports;
  }
}

const asked = viewWith({ request });

test('a primary that has released its term on this very version is succeeded, and nothing is written before that', async () => {
  const bench = new Bench({ role: 'fenced', released: { candidate: 'shop-2', resourceVersion: '41' } });
  const { step, cluster } = await bench.arrange(asked);
  invariant(step.kind === 'appoint', 'a successor is appointed');
  assert.equal(step.pod, 'shop-2');
  assert.equal(step.term, 4);
  assert.equal(cluster.metadata.resourceVersion, '41');
  assert.deepEqual(bench.written, []);
  assert.deepEqual(bench.orders, [
    { kind: 'nominate', term: 4 },
    { kind: 'switchover', term: 3, candidate: 'shop-2', address: '10.0.0.2', resourceVersion: '41' },
  ]);
});

const doubts: Readonly<Record<string, Partial<InstanceReport> | undefined>> = {
  'does not answer, or refuses': undefined,
  'goes on writing': { role: 'primary' },
  'has released its term to another': { released: { candidate: 'shop-1', resourceVersion: '41' } },
  'has released its term on another version': { released: { candidate: 'shop-2', resourceVersion: '40' } },
};
for (const [what, answer] of Object.entries(doubts)) {
  test(`a primary that ${what} goes on: a newer version says so, with the reason`, async () => {
    const bench = new Bench(answer);
    const { step, cluster } = await bench.arrange(asked);
    assert.equal(step.kind, 'hold');
    assert.equal(cluster.metadata.resourceVersion, '42');
    const [change] = bench.written as { metadata: unknown; status: Record<string, unknown> }[];
    assert.deepEqual(change?.metadata, { resourceVersion: '41' });
    assert.equal(change?.status['switchoverAnswered'], 'shop-2');
    assert.match(JSON.stringify(change?.status['lastSwitchover']), /"refused":"shop-0 /);
    assert.ok(bench.memory.of(identity).refusedAgo() !== undefined);
  });
}

test('what cannot be carried out is answered without asking anybody', async () => {
  const bench = new Bench(undefined);
  await bench.arrange(viewWith({ request: { ...request, to: 'shop-7' } }));
  assert.deepEqual(bench.orders, []);
  assert.equal(bench.written.length, 1);
});

test('nothing is asked or written while nobody wants a switchover', async () => {
  const bench = new Bench(undefined);
  await bench.arrange(viewWith());
  assert.deepEqual([...bench.orders, ...bench.written], []);
});
