import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimFacts, ClusterView, InstanceView, PodFacts, TenureView } from '../view.ts';
import { claimWith, everyOne, heldWith, instances, podWith, replica, viewWith } from '../views.fixture.ts';
import { decideHealing, type HealingStep, reasonToDelete } from './decide.ts';

const over = { reason: 'Evicted', message: '', kind: 'over' } as const;
const stuck = { reason: 'ImagePullFailed', message: '', kind: 'stuck' } as const;

const everyPod: readonly (PodFacts | undefined)[] = [
  undefined,
  ...everyOne<Pick<PodFacts, 'owner' | 'deleting' | 'trouble' | 'specHash' | 'roleLabel'>>({
    owner: ['ours', 'orphan', 'foreign'],
    deleting: [false, true],
    trouble: [undefined, stuck, over],
    specHash: ['hash', 'other', undefined],
    roleLabel: ['primary', 'replica', undefined],
  }).map((facts) => podWith(0, facts)),
];

const everyClaim: readonly (ClaimFacts | undefined)[] = [
  undefined,
  ...everyOne<Pick<ClaimFacts, 'bound' | 'deleting' | 'storageClassName'>>({
    bound: [false, true],
    deleting: [false, true],
    storageClassName: ['standard', undefined],
  }).map(claimWith),
];

const tenures: readonly TenureView[] = [
  { kind: 'vacant' },
  { kind: 'unreadable', problem: 'no sense' },
  heldWith({ current: undefined }),
  heldWith({ target: 'shop-1', current: undefined }),
];

const storages: readonly ClusterView['storage'][] = [
  { type: 'pvc', storageClassName: undefined, sizeBytes: 2n ** 30n, autoGrow: undefined },
  { type: 'pvc', storageClassName: 'standard', sizeBytes: 2n ** 30n, autoGrow: undefined },
  { type: 'pvc', storageClassName: 'fast', sizeBytes: 2n ** 30n, autoGrow: undefined },
  { type: 'emptyDir', storageClassName: undefined, sizeBytes: 2n ** 30n, autoGrow: undefined },
];

/** Every view of one instance that the decision can tell apart: each instance is decided by itself. */
const everyView = everyOne<
  Pick<InstanceView, 'pod' | 'claim'> &
    Pick<ClusterView, 'storage' | 'tenure' | 'wantedInstances' | 'deleting' | 'reconcileDisabled'>
>({
  pod: everyPod,
  claim: everyClaim,
  storage: storages,
  tenure: tenures,
  wantedInstances: [0, 1],
  deleting: [false, true],
  reconcileDisabled: [false, true],
});

const usual = viewWith();
const usualInstance = replica(0);
/** Field by field: there are a hundred thousand views, and what is left over of an object takes long to copy. */
const seenAs = (one: (typeof everyView)[number]): ClusterView => ({
  ...usual,
  storage: one.storage,
  tenure: one.tenure,
  wantedInstances: one.wantedInstances,
  deleting: one.deleting,
  reconcileDisabled: one.reconcileDisabled,
  instances: instances({ ...usualInstance, pod: one.pod, claim: one.claim }),
});

type Law = (steps: readonly HealingStep[], instance: InstanceView, view: ClusterView) => boolean;
const without = (steps: readonly HealingStep[], ...kinds: readonly HealingStep['kind'][]): boolean =>
  steps.every(({ kind }) => !kinds.includes(kind));

const laws: Readonly<Record<string, Law>> = {
  'a claim that was ever bound is never deleted (I11)': (steps, { claim }) =>
    claim?.bound !== true || without(steps, 'deleteClaim'),
  'what is deleted carries the UID that was seen': (steps, { pod, claim }) =>
    steps.every(
      (step) =>
        (step.kind !== 'deletePod' || step.uid === pod?.uid) &&
        (step.kind !== 'deleteClaim' || step.uid === claim?.uid),
    ),
  'nothing is deleted twice': (steps, { pod, claim }) =>
    (pod?.deleting !== true || without(steps, 'deletePod')) &&
    (claim?.deleting !== true || without(steps, 'deleteClaim')),
  'a pod of another controller is not touched, nor what lies beside it': (steps, { pod }) =>
    pod?.owner !== 'foreign' || steps.length === 0,
  'a pod of nobody is adopted before anything else': (steps, { pod }) =>
    pod?.owner !== 'orphan' ||
    without(steps, 'deletePod', 'createPod', 'deleteClaim', 'createClaim', 'labelRole'),
  'nothing is made beyond what is wanted': (steps, { ordinal }, { wantedInstances }) =>
    ordinal < wantedInstances || without(steps, 'createPod', 'createClaim'),
  'nothing is made that is there': (steps, { pod, claim }) =>
    (pod === undefined || without(steps, 'createPod')) &&
    (claim === undefined || without(steps, 'createClaim')),
  'a pod on a volume is made only with its claim, the claim first': (steps, { claim }, { storage }) => {
    const [claimAt, podAt] = (['createClaim', 'createPod'] as const).map((kind) =>
      steps.findIndex((step) => step.kind === kind),
    );
    const isThere = claim !== undefined || storage.type === 'emptyDir';
    return podAt === -1 || isThere || (claimAt !== -1 && (claimAt ?? 0) < (podAt ?? 0));
  },
  'no pod is made on a claim that is to be made anew': (steps, { claim }, { storage }) => {
    const wrongClass =
      storage.storageClassName !== undefined && claim?.storageClassName !== storage.storageClassName;
    const replaced = storage.type === 'pvc' && claim?.bound === false && wrongClass;
    return !replaced || without(steps, 'createPod');
  },
  'only a pod that cannot go on as it is, or whose claim cannot, is deleted': (steps, { pod, claim }) =>
    without(steps, 'deletePod') || pod?.trouble !== undefined || claim?.bound === false,
  'a pod that is only stuck stays while a new one would be the same': (steps, { pod, claim }) =>
    pod?.trouble?.kind !== 'stuck' ||
    pod.specHash !== 'hash' ||
    claim?.bound === false ||
    without(steps, 'deletePod'),
  'labels follow the tenure, for our own pods alone (I1)': (steps, { pod, name }, { tenure }) =>
    steps.every(
      (step) =>
        step.kind !== 'labelRole' ||
        (pod?.owner === 'ours' &&
          pod.roleLabel !== step.role &&
          (step.role === 'primary') === (tenure.kind === 'held' && tenure.target === name)),
    ),
  'a tenure that cannot be read changes no label (I13)': (steps, _, { tenure }) =>
    tenure.kind !== 'unreadable' || without(steps, 'labelRole'),
  'a cluster that is being deleted is left to the garbage collector': (steps, _, { deleting }) =>
    !deleting || steps.length === 0,
  'a cluster that is left alone still has its labels, and nothing else': (steps, _, { reconcileDisabled }) =>
    !reconcileDisabled || steps.every(({ kind }) => kind === 'labelRole'),
};

test('every law of healing holds in every view of an instance', () => {
  assert.ok(everyView.length > 100_000, `${everyView.length} views`);
  const all = Object.entries(laws);
  for (const choice of everyView) {
    const view = seenAs(choice);
    const [steps, instance] = [decideHealing(view), instanceIn(view)];
    for (const [law, holds] of all)
      if (!holds(steps, instance, view)) assert.fail(`${law}: ${inText({ steps, instance })}`);
  }
});

test('carried out, the steps lead to an instance that is as wanted and needs no more of them', () => {
  const healed = everyView.filter(
    ({ deleting, reconcileDisabled, pod }) => !deleting && !reconcileDisabled && pod?.owner !== 'foreign',
  );
  for (const choice of healed) {
    const start = seenAs(choice);
    let view = start;
    for (let round = 0; round < 8; round += 1) view = later(view, decideHealing(view));
    const { pod, claim } = instanceIn(view);
    const whole = pod !== undefined && (view.storage.type === 'emptyDir' || claim !== undefined);
    const atRest = decideHealing(view).length === 0 && (whole || view.wantedInstances === 0);
    if (!atRest) assert.fail(`from ${inText(instanceIn(start))} to ${inText(instanceIn(view))}`);
  }
});

const instanceIn = ({ instances: seen }: ClusterView): InstanceView => seen.get('shop-0') ?? usualInstance;

/** The view once the steps were carried out and Kubernetes had its time: what was being deleted is gone. */
function later(view: ClusterView, steps: readonly HealingStep[]): ClusterView {
  const before = instanceIn(view);
  const going = before.pod?.deleting === true;
  const instance: InstanceView = {
    ...before,
    pod: going ? undefined : before.pod,
    claim: before.claim?.deleting === true && before.pod === undefined ? undefined : before.claim,
  };
  return {
    ...view,
    instances: instances(steps.reduce((one, step) => carriedOut(one, step, view), instance)),
  };
}

function carriedOut(instance: InstanceView, step: HealingStep, { storage }: ClusterView): InstanceView {
  const { pod } = instance;
  switch (step.kind) {
    case 'createClaim':
      return {
        ...instance,
        claim: claimWith({ bound: false, storageClassName: storage.storageClassName }),
      };
    case 'createPod':
      return { ...instance, pod: podWith(0, { roleLabel: undefined }) };
    case 'adoptPod':
      return { ...instance, pod: pod && { ...pod, owner: 'ours' } };
    case 'deletePod':
      return { ...instance, pod: undefined };
    case 'deleteClaim':
      return { ...instance, claim: undefined };
    case 'labelRole':
      return { ...instance, pod: pod && { ...pod, roleLabel: step.role } };
  }
}

test('of many pods one at most is labelled primary: the one that the tenure names (I1)', () => {
  const wrong = [0, 1, 2].map((ordinal) =>
    replica(ordinal, { pod: podWith(ordinal, { roleLabel: undefined }) }),
  );
  const steps = decideHealing(viewWith({ instances: instances(...wrong) }));
  assert.deepEqual(steps, [
    { kind: 'labelRole', pod: 'shop-0', role: 'primary' },
    { kind: 'labelRole', pod: 'shop-1', role: 'replica' },
    { kind: 'labelRole', pod: 'shop-2', role: 'replica' },
  ]);
});

test('a settled cluster needs nothing', () => {
  assert.deepEqual(decideHealing(viewWith()), []);
});

test('the reason to make a pod anew names its trouble, and is none without', () => {
  const view = viewWith();
  const reason = (change: Partial<PodFacts>): string | undefined =>
    reasonToDelete(replica(0, { pod: podWith(0, change) }), view);
  assert.equal(reason({ trouble: over }), 'it will not run again: Evicted');
  assert.equal(reason({ trouble: stuck }), undefined);
  assert.match(reason({ trouble: stuck, specHash: 'other' }) ?? '', /ImagePullFailed.*its spec has changed/);
  assert.equal(reason({ specHash: 'other' }), undefined);
});

const inText = (value: unknown): string =>
  JSON.stringify(value, (_key, field) => (typeof field === 'bigint' ? String(field) : field));
