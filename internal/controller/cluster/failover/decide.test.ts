import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../time/units.ts';
import type { ClusterView, InstanceView } from '../view.ts';
import { decideFailover } from './decide.ts';
import {
  everyHeldView,
  everyVacantView,
  followerStates,
  heldBy,
  policy,
  primaryStates,
  term,
  viewOf,
} from './every-view.fixture.ts';
import { laws } from './laws.fixture.ts';
import { mutants } from './mutants.fixture.ts';
import type { FailoverStep } from './step.ts';

const views: readonly ClusterView[] = [...everyHeldView(), ...everyVacantView()];
const steps: readonly FailoverStep[] = views.map(decideFailover);

test('every law of failover holds in every view of three instances', () => {
  const all = Object.entries(laws);
  views.forEach((view, index) => {
    const step = steps[index] ?? decideFailover(view);
    for (const [law, holds] of all) {
      if (!holds(view, step)) assert.fail(`${law}\n${describe(view, step)}`);
    }
  });
});

test('every kind of step is taken in some view', () => {
  const kinds = [...new Set(steps.map(({ kind }) => kind))].sort();
  assert.deepEqual(kinds, ['appoint', 'confirm', 'fence', 'hold', 'prepare', 'reinstate']);
});

/** Every view once, far apart one after the other: what is rare in one corner is met soon. */
const stride = 1009;
const scattered = views.map((_, index) => (index * stride) % views.length);

/** The first law of `wanted` that a mutant is seen to break; undefined when it breaks none in any view. */
function brokenBy(
  decide: (view: ClusterView) => FailoverStep,
  wanted: readonly string[],
): string | undefined {
  for (const index of scattered) {
    const view = views[index];
    if (view === undefined) continue;
    const step = decide(view);
    if (step.kind === 'hold' && steps[index]?.kind === 'hold' && step.because !== '') continue;
    const broken = wanted.find((law) => laws[law]?.(view, step) === false);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

const caught = new Set<string>();
for (const [mutant, decide] of Object.entries(mutants)) {
  test(`a law catches whoever ${mutant}`, () => {
    const uncaught = Object.keys(laws).filter((law) => !caught.has(law));
    const law = brokenBy(decide, [...uncaught, ...caught]);
    assert.ok(law !== undefined, 'no law noticed');
    caught.add(law);
  });
}

test('every law catches somebody', () => {
  const wanted = new Set(Object.keys(laws).filter((law) => !caught.has(law)));
  for (const index of scattered) {
    const view = views[index];
    if (wanted.size === 0 || view === undefined) break;
    for (const decide of Object.values(mutants)) drop(wanted, view, decide(view));
  }
  assert.deepEqual([...wanted], []);
});

function drop(wanted: Set<string>, view: ClusterView, step: FailoverStep): void {
  for (const law of wanted) if (laws[law]?.(view, step) === false) wanted.delete(law);
}

/** Of laws about two decisions every third view is enough: each state of each instance is among them. */
const some = views.filter((_, index) => index % 3 === 0);

test('the decision does not depend on the order in which instances are seen', () => {
  some.forEach((view, index) => {
    const shuffled = { ...view, instances: new Map([...view.instances].reverse()) };
    const other = decideFailover(shuffled);
    const step = steps[index * 3];
    if (step?.kind === 'hold' || other.kind === 'hold') assert.equal(other.kind, step?.kind);
    else assert.deepEqual(withoutOrder(other), withoutOrder(step));
  });
});

/** Words and lists name several instances in the order in which they are looked at. */
const withoutOrder = (step: FailoverStep | undefined): unknown => ({
  ...step,
  because: undefined,
  pods: undefined,
});

test('a step that was recorded is not decided again', () => {
  some.forEach((view, index) => {
    const step = steps[index * 3];
    if (step === undefined || step.kind === 'hold') return;
    const again = decideFailover(recorded(view, step));
    assert.notEqual(again.kind, step.kind, describe(view, step));
  });
});

/** The view when the record is written and whoever was told has obeyed. */
function recorded(view: ClusterView, step: FailoverStep): ClusterView {
  const held = view.tenure.kind === 'held' ? view.tenure : undefined;
  switch (step.kind) {
    case 'hold':
      return view;
    case 'fence':
      return held === undefined ? view : { ...view, tenure: { ...held, fencedFor: milliseconds(0) } };
    case 'reinstate':
      return held === undefined ? view : { ...view, tenure: { ...held, fencedFor: undefined } };
    case 'confirm':
      return held === undefined ? view : { ...view, tenure: { ...held, current: step.pod } };
    case 'prepare':
      return {
        ...view,
        instances: new Map([...view.instances].map(([name, one]) => [name, promised(one, step)])),
      };
    case 'appoint': {
      const { term, pod: target, podUID: targetUID } = step;
      const now = milliseconds(0);
      const fresh = { silentFor: now, failingFor: now, ended: undefined, lastServed: undefined };
      return {
        ...view,
        tenure: {
          kind: 'held',
          term,
          target,
          targetUID,
          targetRun: step.run,
          current: held?.current,
          fencedFor: undefined,
          ...fresh,
        },
      };
    }
  }
}

function promised(instance: InstanceView, { pods, term }: FailoverStep & { kind: 'prepare' }): InstanceView {
  const { name, sighting } = instance;
  if (!pods.includes(name) || sighting.kind !== 'reported') return instance;
  const promise = { term, forMs: 0 };
  return { ...instance, sighting: { kind: 'reported', report: { ...sighting.report, term, promise } } };
}

function describe(view: ClusterView, step: FailoverStep): string {
  const { tenure, policy, userFence } = view;
  const found = [...view.instances.values()].map(({ name, sighting, pod, lastReport }) => ({
    name,
    sighting,
    deleting: pod?.deleting,
    lastReport: lastReport?.process.state,
  }));
  return JSON.stringify({ tenure, policy, userFence, found, step }, undefined, 1);
}

test('an old snapshot of one that was restarted before it obeyed wins over no replica with all the data', () => {
  const { restartedBefore: primary, synced, missing } = { ...primaryStates, ...followerStates };
  assert.ok(primary && synced && missing);
  const before = { ...synced, report: { ...synced.report, syncedTerm: term - 1 } };
  const appointedWhere = (volumeKeepsWrites: boolean): unknown => {
    const view = viewOf(heldBy(primary, undefined), [primary, before, missing], {
      policy: { ...policy, volumeKeepsWrites },
    });
    const step = decideFailover(view);
    return step.kind === 'appoint' && step.pod;
  };
  assert.equal(appointedWhere(false), 'redis-1');
  assert.equal(appointedWhere(true), 'redis-0');
});
