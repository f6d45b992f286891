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
import { clusterWith, heldWith, reported, viewWith } from './views.fixture.ts';

const identity = { name: 'shop', namespace: 'orders', uid: 'u1' };
const status = { term: 3, targetPrimary: 'shop-0', currentPrimary: 'shop-0' };
const request = {
  to: 'shop-2',
  answered: false,
  askedFor: milliseconds(0),
  refusedAgo: undefined,
  planned: false,
};

/** An operator in front of a primary that says this to each order: undefined for a refusal, or no answer. */
class Bench {
  readonly deeds: (InstanceCommand | { readonly written: unknown; readonly on: unknown })[] = [];
  readonly memory = new ClusterMemory(systemClock);
  readonly #answers: Partial<Record<InstanceCommand['kind'], Partial<InstanceReport> | undefined>>;

  constructor(answers: Partial<Record<InstanceCommand['kind'], Partial<InstanceReport> | undefined>> = {}) {
    this.#answers = answers;
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

  get kinds(): readonly string[] {
    return this.deeds.map((deed) => ('kind' in deed ? deed.kind : 'write'));
  }

  #ports(): Ports {
    return {
      clock: systemClock,
      log: { warn: () => undefined },
      memory: this.memory,
      instances: {
        command: (_cluster: unknown, _target: unknown, order: InstanceCommand) => {
          this.deeds.push(order);
          const answer = this.#answers[order.kind];
          const sighting = answer && reported(0, answer);
          return Promise.resolve(sighting?.kind === 'reported' ? sighting.report : undefined);
        },
      },
      kube: {
        patchStatus: (
          _resource: unknown,
          _key: unknown,
          { metadata, status: change }: { metadata: { resourceVersion: string }; status: unknown },
        ) => {
          this.deeds.push({ written: change, on: metadata.resourceVersion });
          const resourceVersion = String(Number(metadata.resourceVersion) + 1);
          return Promise.resolve({ metadata: { resourceVersion } });
        },
      },
    } as unknown as Ports;
  }
}

const asked = viewWith({ request });
const released = { role: 'fenced', released: { candidate: 'shop-2', handover: 4 } } as const;
const because = 'the user asked for shop-2 (redis.io/switchover-to)';
const toShop2 = { term: 4, pod: 'shop-2', podUID: 'uid-2', run: 'run-2', because };
const offered = viewWith({ request, tenure: heldWith({ offer: toShop2, offeredTerm: 4 }) });

test('the term is offered on record before the primary is asked to release its own, and nothing is recorded after that', async () => {
  const bench = new Bench({ switchover: released });
  const { step, cluster } = await bench.arrange(asked);
  invariant(step.kind === 'appoint', 'a successor is appointed');
  assert.equal(step.pod, 'shop-2');
  assert.equal(step.term, 4);
  assert.equal(cluster.metadata.resourceVersion, '42');
  assert.deepEqual(cluster.status?.handover, {
    term: 4,
    to: 'shop-2',
    toUID: 'uid-2',
    toRun: 'run-2',
    because,
  });
  assert.deepEqual(bench.kinds, ['nominate', 'write', 'switchover']);
  assert.deepEqual(bench.deeds[2], {
    kind: 'switchover',
    term: 3,
    candidate: 'shop-2',
    address: '10.0.0.2',
    handover: 4,
  });
});

test('what another operator has offered already is not written again', async () => {
  const bench = new Bench({ switchover: released });
  const { step } = await bench.arrange(offered);
  assert.equal(step.kind === 'appoint' && step.term, 4);
  assert.deepEqual(bench.kinds, ['nominate', 'switchover']);
});

const doubts: Readonly<Record<string, Partial<InstanceReport> | undefined>> = {
  'does not answer, or refuses': undefined,
  'goes on writing': { role: 'primary' },
  'has released its term to another': { released: { candidate: 'shop-1', handover: 4 } },
  'has released it for another term': { released: { candidate: 'shop-2', handover: 5 } },
};
for (const [what, answer] of Object.entries(doubts)) {
  test(`the offer to a primary that ${what} is recalled, with the reason, once it has promised to go on`, async () => {
    const bench = new Bench({ switchover: answer, recall: { role: 'primary' } });
    const { step, cluster } = await bench.arrange(asked);
    assert.equal(step.kind, 'hold');
    assert.equal(cluster.metadata.resourceVersion, '43');
    assert.deepEqual(bench.kinds, ['nominate', 'write', 'switchover', 'recall', 'write']);
    assert.deepEqual(bench.deeds[3], { kind: 'recall', term: 3, handover: 4 });
    const { written } = bench.deeds[4] as { readonly written: Record<string, unknown> };
    assert.equal(written['switchoverAnswered'], 'shop-2');
    assert.deepEqual(written['handover'], {
      term: 4,
      to: null,
      toUID: null,
      toRun: null,
      because: null,
    });
    assert.deepEqual(cluster.status?.handover, { term: 4 });
    assert.match(JSON.stringify(written['lastSwitchover']), /"refused":"shop-0 /);
    assert.ok(bench.memory.of(identity).refusedAgo() !== undefined);
  });

  test(`the offer to a primary that ${what} stands while it has not promised to go on`, async () => {
    const bench = new Bench({ switchover: answer });
    const { step, cluster } = await bench.arrange(asked);
    assert.ok(step.kind === 'hold' && step.underWay && step.recheckAfter !== undefined);
    assert.equal(cluster.status?.handover?.to, 'shop-2');
    assert.deepEqual(bench.kinds, ['nominate', 'write', 'switchover', 'recall']);
  });
}

test('what cannot be carried out is answered without asking anybody', async () => {
  const bench = new Bench();
  await bench.arrange(viewWith({ request: { ...request, to: 'shop-7' } }));
  assert.deepEqual(bench.kinds, ['write']);
});

test('nothing is asked or written while nobody wants a switchover, and what was offered is recalled', async () => {
  const idle = new Bench();
  await idle.arrange(viewWith());
  assert.deepEqual(idle.deeds, []);
  const bench = new Bench({ recall: { role: 'primary' } });
  await bench.arrange({ ...offered, request: { ...request, to: undefined } });
  assert.deepEqual(bench.kinds, ['recall', 'write']);
});
