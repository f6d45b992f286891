import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { InstanceReport } from '../../../control/protocol.ts';
import { milliseconds, seconds } from '../../../time/units.ts';
import { decideFailover } from '../failover/decide.ts';
import type { FailoverStep } from '../failover/step.ts';
import type { ClusterView, InstanceView, NodeFacts, PodFacts } from '../view.ts';
import { instances, primary, replica, reported, viewWith } from '../views.fixture.ts';
import { decideSwitchover, type SwitchoverStep } from './decide.ts';
import { everyView } from './every-view.fixture.ts';
import { laws } from './laws.fixture.ts';

interface Decided {
  readonly view: ClusterView;
  readonly failover: FailoverStep;
  readonly step: SwitchoverStep;
}

const decided: readonly Decided[] = [...everyView()].map((view) => {
  const failover = decideFailover(view);
  return { view, failover, step: decideSwitchover(view, failover) };
});

test('every law of the switchover holds in every view of three instances', () => {
  for (const { view, failover, step } of decided) {
    for (const [law, holds] of Object.entries(laws)) {
      if (!holds(view, step, failover))
        assert.fail(`${law}\n${inspect({ view: told(view), step }, { depth: 6 })}`);
    }
  }
});

const told = ({ instances: all, tenure, request, userFence }: ClusterView): unknown => ({
  tenure,
  request,
  userFence,
  all: [...all.values()],
});

test('every kind of step is taken in some view', () => {
  const kinds = [...new Set(decided.map(({ step }) => step.kind))].sort();
  assert.deepEqual(kinds, ['handOver', 'none', 'recall', 'refuse', 'rest', 'wait']);
});

type Change = (view: ClusterView) => Partial<ClusterView>;

const withInstances =
  (change: (one: InstanceView) => Partial<InstanceView>): Change =>
  (view) => ({
    instances: new Map([...view.instances].map(([name, one]) => [name, { ...one, ...change(one) }])),
  });
const withReports = (change: (report: InstanceReport) => Partial<InstanceReport>): Change =>
  withInstances(({ sighting }) =>
    sighting.kind === 'reported'
      ? { sighting: { kind: 'reported', report: { ...sighting.report, ...change(sighting.report) } } }
      : {},
  );
const withPods = (change: (pod: PodFacts) => Partial<PodFacts>): Change =>
  withInstances(({ pod }) => (pod === undefined ? {} : { pod: { ...pod, ...change(pod) } }));
const withNode = (change: Partial<NodeFacts>): Change =>
  withPods(({ node }) => ({ node: { ...node, ...change } }));

/** The change of the primary alone, and of everybody else. */
const own =
  (change: Change): Change =>
  (view) => ({ instances: new Map([...view.instances, ...firstOf(change(view).instances)]) });
const others =
  (change: Change): Change =>
  (view) => ({ instances: new Map([...(change(view).instances ?? []), ...firstOf(view.instances)]) });
const firstOf = (all: ClusterView['instances'] = new Map()) => [...all].slice(0, 1);

/** Decides as if nobody had looked at something. `failover` is decided as the view really is. */
const mutants: Readonly<Record<string, Change>> = {
  'takes a released primary for one that serves': withReports(({ released }) =>
    released === undefined ? {} : { role: 'primary', released: undefined },
  ),
  'forgets what was offered': ({ tenure }) =>
    tenure.kind === 'held' ? { tenure: { ...tenure, offer: undefined } } : {},
  'offers a term twice': ({ tenure }) =>
    tenure.kind === 'held' ? { tenure: { ...tenure, offeredTerm: undefined } } : {},
  'takes a process of the same pod for the one it was offered to': ({ tenure }) =>
    tenure.kind === 'held' && tenure.offer !== undefined
      ? { tenure: { ...tenure, offer: { ...tenure.offer, podUID: tenure.offer.pod.replace('shop', 'uid') } } }
      : {},
  'takes a closed gate for an open one': withReports(({ role, upstream }) =>
    role === 'fenced' && upstream === undefined ? { role: 'primary' } : {},
  ),
  'takes a pod of the same name for the one appointed': ({ tenure }) =>
    tenure.kind === 'held' ? { tenure: { ...tenure, targetUID: undefined } } : {},
  'forgets whom the user has fenced': withReports(() => ({ fencedByUser: false })),
  'cannot read the annotation of the fenced and goes on': () => ({
    userFence: { kind: 'named', pods: [] },
  }),
  'takes everybody for in sync': others(
    withReports(({ upstream }) =>
      upstream === undefined ? {} : { upstream: { ...upstream, inSync: true } },
    ),
  ),
  'needs no proof of the term': withReports(() => ({ syncedTerm: 3 })),
  'hands over to one whose disk refuses': withReports(() => ({ writesRefused: undefined })),
  'hands over to one that is not ready': withPods(() => ({ ready: true })),
  'hands over to one that is to go': others(withPods(() => ({ deleting: false }))),
  'hands over to one that is being stopped': others(withReports(() => ({ leaving: undefined }))),
  'hands over to the pod of another': withPods(() => ({ owner: 'ours' })),
  'hands over to one that loads': withReports(({ process }) =>
    process.state === 'loading' ? { process: { ...process, state: 'running' } } : {},
  ),
  'does not look at nodes of candidates': others(withNode({ schedulable: true })),
  'sees the node of the primary cordoned': own(withNode({ schedulable: false })),
  'answers what was answered': ({ request }) => ({ request: { ...request, answered: false } }),
  'answers at once what may yet be possible': ({ request }) => ({
    request: { ...request, askedFor: seconds(60) },
  }),
  'never answers what has not become possible': ({ request }) => ({
    request: { ...request, askedFor: seconds(0) },
  }),
  'passes over what the user asks for': ({ request }) => ({ request: { ...request, to: undefined } }),
  'forgets that it was refused': ({ request }) => ({ request: { ...request, refusedAgo: undefined } }),
  'does not let proxies rest': () => ({ proxiesBusyFor: milliseconds(0) }),
  'moves what is to be left alone': () => ({ reconcileDisabled: false }),
};

const allLaws = Object.entries(laws);
const broken = (step: SwitchoverStep, { view, failover }: Decided): string | undefined =>
  allLaws.find(([, holds]) => !holds(view, step, failover))?.[0];

for (const [mutant, change] of Object.entries(mutants)) {
  test(`a law catches whoever ${mutant}`, () => {
    const caught = decided.some((one) => {
      const step = decideSwitchover({ ...one.view, ...change(one.view) }, one.failover);
      return broken(step, one) !== undefined;
    });
    assert.ok(caught, 'no law noticed');
  });
}

test('a law catches whoever does not let a failover go first', () => {
  const serving = {
    kind: 'hold',
    because: '',
    recheckAfter: undefined,
    underWay: false,
    blocked: undefined,
  } as const;
  assert.ok(decided.some((one) => broken(decideSwitchover(one.view, serving), one) !== undefined));
});

test('the user names whom, a primary that leaves takes the first by name, and a cordoned one a node that stays', () => {
  const asked = viewWith({
    request: { to: 'shop-2', answered: false, askedFor: seconds(0), refusedAgo: undefined, planned: false },
  });
  const leaving = viewWith({ instances: instances(deleted(primary(0)), replica(1), replica(2)) });
  const cordoned = viewWith({
    instances: instances(onCordoned(primary(0)), onCordoned(replica(1)), replica(2)),
  });
  const successors = [asked, leaving, cordoned].map((view) => {
    const step = decideSwitchover(view, decideFailover(view));
    return step.kind === 'handOver' ? `${step.appoint.pod}: ${step.appoint.because}` : step.kind;
  });
  assert.deepEqual(successors, [
    'shop-2: the user asked for shop-2 (redis.io/switchover-to), and shop-2 is in sync',
    'shop-1: shop-0 is being stopped, and shop-1 is in sync',
    'shop-2: the node node-1 of shop-0 is to be drained, and shop-2 is in sync',
  ]);
});

test('a request that cannot be carried out is refused with the reason, and what was refused waits', () => {
  const request = {
    to: 'shop-9',
    answered: false,
    askedFor: seconds(0),
    refusedAgo: undefined,
    planned: false,
  };
  const bad = decideSwitchover(viewWith({ request }), decideFailover(viewWith()));
  assert.equal(bad.kind === 'refuse' && bad.because, 'there is no instance of the name shop-9');
  const leaving = viewWith({
    instances: instances(deleted(primary(0)), replica(1), replica(2)),
    request: { ...request, to: undefined, refusedAgo: seconds(0.5) },
  });
  const later = decideSwitchover(leaving, decideFailover(leaving));
  assert.equal(later.kind === 'wait' && later.recheckAfter, 1500);
});

function deleted(instance: InstanceView): InstanceView {
  return { ...instance, pod: instance.pod && { ...instance.pod, deleting: true } };
}

function onCordoned(instance: InstanceView): InstanceView {
  const node = { name: 'node-1', schedulable: false, outOfService: false };
  return { ...instance, pod: instance.pod && { ...instance.pod, node } };
}

test('a request waits a minute for an instance that is not in sync yet, with the reason, and is answered then', () => {
  const behind = replica(2, { sighting: reported(2, { syncedTerm: 2 }) });
  const stepAfter = (waited: number) => {
    const request = {
      to: 'shop-2',
      answered: false,
      askedFor: seconds(waited),
      refusedAgo: undefined,
      planned: false,
    };
    const view = viewWith({ request, instances: instances(primary(0), replica(1), behind) });
    return decideSwitchover(view, decideFailover(view));
  };
  const because = 'the user asked for shop-2 (redis.io/switchover-to); shop-2 is not in sync with shop-0';
  assert.deepEqual(stepAfter(45), { kind: 'wait', because, recheckAfter: seconds(15) });
  const over = stepAfter(60);
  assert.equal(over.kind === 'refuse' && over.because, 'shop-2 is not in sync with shop-0');
});

test('one that has just handed over, and lets nobody in yet, is waited for though its pod still counts as ready', () => {
  const request = {
    to: 'shop-2',
    answered: false,
    askedFor: seconds(0),
    refusedAgo: undefined,
    planned: false,
  };
  const stepWith = (closed: boolean | undefined) => {
    const back = replica(2, { sighting: reported(2, { closed }) });
    const view = viewWith({ request, instances: instances(primary(0), replica(1), back) });
    return decideSwitchover(view, decideFailover(view));
  };
  assert.equal(stepWith(undefined).kind, 'handOver');
  const step = stepWith(true);
  assert.match(
    step.kind === 'wait' ? step.because : step.kind,
    /just handed over, and lets no clients in yet/,
  );
});
