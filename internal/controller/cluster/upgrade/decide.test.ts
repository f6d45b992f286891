import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kept } from '../kept.ts';
import { decidePlanned } from '../planned/decide.ts';
import { everyPlannedView, replicaStates } from '../planned/every-view.fixture.ts';
import type { PlannedStep } from '../planned/step.ts';
import { lackOfPrimary, lackOfReplica } from '../planned/whole.ts';
import {
  type ClusterView,
  type HeldTenure,
  type InstanceView,
  reportOf,
  type UpgradeAttempt,
} from '../view.ts';
import { instances, parts, plannedWith, primary, replica, reported, viewWith } from '../views.fixture.ts';

const next = 'next';
type Attempts = readonly (readonly [string, UpgradeAttempt])[];
const asked = (attempted: Attempts = []) => ({
  wanted: next,
  attempts: new Map(attempted),
});

/** The same instance, with a manager of this version. */
function ofVersion(instance: InstanceView, managerVersion: string): InstanceView {
  const { sighting } = instance;
  if (sighting.kind !== 'reported') return instance;
  return { ...instance, sighting: { ...sighting, report: { ...sighting.report, managerVersion } } };
}

const underWay: UpgradeAttempt = { kind: 'underWay' };
const refused: UpgradeAttempt = { kind: 'refused', because: 'it is for another processor' };
const untried = asked();
const tried = asked([['uid-1', underWay]]);
/** Whose manager is of the operator's version, by the order of names, and what became of an attempt at the second. */
type Mixture = readonly [newer: readonly number[], managers: ReturnType<typeof asked>];
const ofTwo: readonly Mixture[] = [
  [[], untried],
  [[], tried],
  [[], asked([['uid-1', refused]])],
  [[1], untried],
  [[1], tried],
  [[0, 1], untried],
];
/** Views of three instances are most of all: of them one mixture each, and nothing attempted before. */
const ofThree: readonly Mixture[] = [[[2], untried]];

/** Every view of planned operations, in each with some managers of the operator's version and some of another one. */
function* everyUpgradeView(): Generator<ClusterView> {
  // Views of the same instances follow one another.
  const kept = new Kept<readonly Pick<ClusterView, 'instances'>[]>();
  for (const view of everyPlannedView()) {
    const mixtures = view.instances.size < 3 ? ofTwo : ofThree;
    const mixed = kept.of([view.instances], () => mixtures.map(([newer]) => mixtureOf(view, newer)));
    for (const [index, [, managers]] of mixtures.entries())
      yield { ...view, ...mixed[index], planned: { ...view.planned, managers } };
  }
}

function mixtureOf(view: ClusterView, newer: readonly number[]): Pick<ClusterView, 'instances'> {
  const seen = [...view.instances.values()].map((one, index) =>
    ofVersion(one, newer.includes(index) ? next : 'test'),
  );
  return { instances: instances(...seen) };
}

type Law = (step: PlannedStep | undefined, view: ClusterView, tenure: HeldTenure | undefined) => boolean;

const upgraded = (step: PlannedStep | undefined) => (step?.kind === 'upgradeManager' ? step : undefined);
const isOutdated = (one: InstanceView): boolean => (reportOf(one)?.managerVersion ?? next) !== next;

const laws: Readonly<Record<string, Law>> = {
  'only a manager of another version is replaced, in the pod and the term that were seen': (
    step,
    view,
    tenure,
  ) => {
    const upgrade = upgraded(step);
    const one = view.instances.get(upgrade?.pod ?? '');
    return (
      upgrade === undefined ||
      (one !== undefined && isOutdated(one) && one.pod?.uid === upgrade.uid && upgrade.term === tenure?.term)
    );
  },
  'nothing begins unless the primary serves and all replicas are whole, the one itself included': (
    step,
    view,
    tenure,
  ) =>
    upgraded(step) === undefined ||
    (tenure !== undefined &&
      lackOfPrimary(tenure, view) === undefined &&
      [...view.instances.values()].every(
        (one) =>
          one.name === tenure.target ||
          one.ordinal >= view.wantedInstances ||
          lackOfReplica(one, tenure, view) === undefined,
      )),
  'replicas come first, the highest number first, and the primary last': (step, view, tenure) => {
    const upgrade = upgraded(step);
    const outdated = [...view.instances.values()].filter(
      (one) => isOutdated(one) && one.ordinal < view.wantedInstances,
    );
    const replicas = outdated.filter(({ name }) => name !== tenure?.target);
    return upgrade === undefined || upgrade.pod === (replicas.at(-1)?.name ?? tenure?.target);
  },
  'one at a time': (step, view) =>
    upgraded(step) === undefined ||
    ![...view.instances.values()].some(
      (one) =>
        one.ordinal < view.wantedInstances &&
        view.planned.managers.attempts.get(one.pod?.uid ?? '')?.kind === 'underWay' &&
        reportOf(one)?.managerVersion !== next,
    ),
  'who has refused is not asked again': (step, { planned }) =>
    planned.managers.attempts.get(upgraded(step)?.uid ?? '')?.kind !== 'refused',
  'no pod is deleted for it, and nobody hands over': (step) =>
    step?.operation !== 'upgrade' ||
    (step.kind === 'hold' ? step.reason !== 'HandOver' : step.kind === 'upgradeManager'),
  'none begins where enough other clusters are being updated': (step, { planned }) =>
    planned.mayRoll || upgraded(step) === undefined,
  'whatever else is planned is done first': (step, view) =>
    step?.operation !== 'upgrade' ||
    decidePlanned({ ...view, planned: { ...view.planned, managers: { ...asked(), wanted: undefined } } }) ===
      undefined,
};

const allLaws = Object.entries(laws);

test('every law of upgrades in place holds in every view', () => {
  const kinds = new Set<string>();
  for (const view of everyUpgradeView()) {
    const step = decidePlanned(view);
    if (step?.operation === 'upgrade') kinds.add(step.kind === 'hold' ? step.reason : step.kind);
    const broken = brokenBy(step, view);
    if (broken !== undefined) assert.fail(`${broken}: ${JSON.stringify(step)} ${[...view.instances.keys()]}`);
  }
  assert.deepEqual([...kinds].sort(), ['NotInSync', 'OnItsWay', 'Queued', 'Refused', 'upgradeManager']);
});

function brokenBy(step: PlannedStep | undefined, view: ClusterView): string | undefined {
  const tenure = view.tenure.kind === 'held' ? view.tenure : undefined;
  return allLaws.find(([, holds]) => !holds(step, view, tenure))?.[0];
}

test('another version of the operator replaces nothing by itself', () => {
  assert.equal(decidePlanned(viewWith()), undefined);
  const step = decidePlanned(viewWith({ planned: plannedWith({ managers: asked() }) }));
  assert.equal(step?.kind, 'upgradeManager');
  assert.equal(step?.because, 'the manager of shop-2 is of version test, and the operator of next');
});

test('a cluster is upgraded from the highest replica to the primary, and then is done', () => {
  const all = [primary(0), replica(1), replica(2)];
  const replaced: string[] = [];
  for (;;) {
    const seen = instances(...all.map((one) => ofVersion(one, replaced.includes(one.name) ? next : 'test')));
    const step = decidePlanned(viewWith({ instances: seen, planned: plannedWith({ managers: asked() }) }));
    if (step?.kind !== 'upgradeManager') break;
    replaced.push(step.pod);
  }
  assert.deepEqual(replaced, ['shop-2', 'shop-1', 'shop-0']);
});

test('while one is away for a moment, it is being replaced; whoever is not whole is named', () => {
  const planned = plannedWith({ managers: asked([['uid-2', underWay]]) });
  const away = replicaStates['silent']?.(2, parts) ?? assert.fail();
  const waits = decidePlanned(viewWith({ planned, instances: instances(primary(0), replica(1), away) }));
  assert.deepEqual([waits?.kind, waits?.because], ['hold', 'the manager of shop-2 is being replaced']);
  const behind = replicaStates['linkDown']?.(1, parts) ?? assert.fail();
  const blocked = decidePlanned(
    viewWith({
      planned: plannedWith({ managers: asked() }),
      instances: instances(primary(0), behind, ofVersion(replica(2, { sighting: reported(2) }), next)),
    }),
  );
  assert.equal(blocked?.because, 'shop-1 is not in sync with shop-0');
});

test('one that refuses ends it, with its words', () => {
  const planned = plannedWith({ managers: asked([['uid-2', refused]]) });
  const step = decidePlanned(viewWith({ planned }));
  assert.deepEqual(
    [step?.kind === 'hold' && step.reason, step?.because],
    ['Refused', 'shop-2: it is for another processor'],
  );
});
