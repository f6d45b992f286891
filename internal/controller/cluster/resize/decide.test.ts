import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemoryUse } from '../../../control/protocol.ts';
import { decidePlanned, plannedHandOver } from '../planned/decide.ts';
import type { PlannedStep } from '../planned/step.ts';
import { type ClusterView, type InstanceView, type PodResources, type Resources, reportOf } from '../view.ts';
import {
  heldWith,
  instances,
  parts,
  plannedWith,
  podWith,
  primary,
  replica,
  reported,
  viewWith,
} from '../views.fixture.ts';
import { everyResizeView, memories, stages, wanted } from './every-view.fixture.ts';
import { beingChanged, failurePatience, resizePatience } from './state.ts';

type Law = (step: PlannedStep | undefined, view: ClusterView) => boolean;

const gibibyte = 2 ** 30;
const podOf = (view: ClusterView, step: PlannedStep | undefined) =>
  step === undefined || step.kind === 'hold' ? undefined : view.instances.get(step.pod);
/** In whole gibibytes, as they are written here. */
const limitOf = (resources: Resources | undefined): number =>
  Number(/^(\d+)Gi$/.exec(resources?.limits['memory'] ?? '')?.[1] ?? Number.POSITIVE_INFINITY);
const same = (one: Resources | undefined, other: Resources): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
const resourcesOf = (instance: InstanceView | undefined): PodResources | undefined =>
  instance?.pod?.resources;
const isLowered = (instance: InstanceView | undefined): boolean =>
  [resourcesOf(instance)?.inForce, resourcesOf(instance)?.asked].some(
    (one) => one !== undefined && limitOf(one) > 4,
  );
const isMadeFor = (instance: InstanceView): boolean => instance.pod?.parts?.resources === 'wanted';

/** maxmemory was lowered first, and a tenth of the new limit is free. */
const fits = ({ setForBytes, heldBytes = 0, maxMemoryWaitsFor }: MemoryUse): boolean =>
  setForBytes === 4 * gibibyte && maxMemoryWaitsFor !== 'data' && heldBytes <= 4 * gibibyte * 0.9;

/** Whether the pod cannot have what is wanted in place. */
function isImpossible(instance: InstanceView, { planned: { resizes } }: ClusterView): boolean {
  const { pod } = instance;
  const { asked, inForce, delay } = pod?.resources ?? {};
  const report = reportOf(instance);
  const isMute = report !== undefined && report.memory === undefined && isLowered(instance);
  const isAsked = same(asked, wanted);
  const isDone = isAsked && same(inForce, wanted) && delay === undefined;
  const waited = resizes.waits.get(pod?.uid ?? '') ?? 0;
  const patience = delay?.kind === 'fails' ? failurePatience : resizePatience;
  const isOverdue = isAsked && !isDone && waited >= patience;
  const changesClass = asked?.limits['cpu'] !== undefined;
  const isInfeasible = isAsked && delay?.kind === 'infeasible';
  return (
    !resizes.allowed ||
    resizes.refused?.anewToo === false ||
    asked === undefined ||
    isMute ||
    changesClass ||
    isOverdue ||
    isInfeasible
  );
}

/** Ours, not going, and its resources are the only thing that is not as wanted. */
const isToBeResized = (instance: InstanceView, view: ClusterView): boolean =>
  instance.pod?.owner === 'ours' &&
  !instance.pod.deleting &&
  !isMadeFor(instance) &&
  instance.pod.parts?.image === parts.image &&
  !isImpossible(instance, view);

const isUnderWay = (instance: InstanceView, view: ClusterView): boolean => {
  const { asked, inForce, delay } = resourcesOf(instance) ?? {};
  const isDone = same(inForce, wanted) && delay === undefined;
  return isToBeResized(instance, view) && same(asked, wanted) && !isDone;
};

const laws: Readonly<Record<string, Law>> = {
  'a limit is never lowered below what is held, nor before maxmemory, in place or by another pod': (
    step,
    view,
  ) => {
    const instance = podOf(view, step);
    const takesMemory =
      step?.kind === 'resizePod' || (step?.kind === 'deletePod' && step.operation === 'update');
    if (!takesMemory || !isLowered(instance)) return true;
    const memory = reportOf(instance)?.memory;
    return memory === undefined ? step?.kind === 'deletePod' : fits(memory);
  },
  'what can be changed in place is neither made anew nor handed over': (step, view) => {
    const all = [...view.instances.values()];
    const mayStay = all.every(
      (one) => isMadeFor(one) || isToBeResized(one, view) || one.pod?.owner !== 'ours' || one.pod.deleting,
    );
    const remakes = step?.kind === 'deletePod' || (step?.kind === 'hold' && step.reason === 'HandOver');
    return !mayStay || !remakes;
  },
  'only what cannot be changed in place, or is outdated besides, is made anew': (step, view) => {
    const instance = podOf(view, step);
    if (step?.kind !== 'deletePod' || instance === undefined) return true;
    return instance.pod?.parts?.image !== parts.image || isImpossible(instance, view);
  },
  'a pod is resized by the UID that was seen, to what is wanted, and only if that is not what it has asked for':
    (step, view) => {
      if (step?.kind !== 'resizePod') return true;
      const instance = podOf(view, step);
      const isNew = !same(resourcesOf(instance)?.asked, step.resources);
      return (
        instance?.pod?.uid === step.uid &&
        same(step.resources, wanted) &&
        isNew &&
        isToBeResized(instance, view)
      );
    },
  'one at a time': (step, view) =>
    step?.kind !== 'resizePod' || [...view.instances.values()].every((one) => !isUnderWay(one, view)),
  'replicas come first, the highest number first, and the primary last': (step, view) => {
    if (step?.kind !== 'resizePod') return true;
    const due = [...view.instances.values()].filter(
      (one) => isToBeResized(one, view) && !same(resourcesOf(one)?.asked, wanted),
    );
    const replicas = due.filter(({ name }) => name !== 'shop-0');
    return step.pod === (replicas.at(-1) ?? due[0])?.name;
  },
  'what the API server refuses is not asked for again, and where a pod made anew would be refused as well none is':
    (step, view) => {
      const { refused } = view.planned.resizes;
      if (refused === undefined) return true;
      const instance = podOf(view, step);
      const remakes = step?.kind === 'deletePod' && refused.anewToo;
      return (
        step?.kind !== 'resizePod' && !(remakes && instance !== undefined && isToBeResized(instance, view))
      );
    },
  'what was carried out is written down once it is in force, and only then': (step, view) => {
    if (step?.kind !== 'recordResize') return true;
    const { asked, inForce, delay } = resourcesOf(podOf(view, step)) ?? {};
    return same(asked, wanted) && same(inForce, wanted) && delay === undefined;
  },
  'a kubelet is waited for only while it may still do it': (step, view) => {
    const name = /(shop-\d) is being resized in place/.exec(step?.kind === 'hold' ? step.because : '')?.[1];
    const instance = view.instances.get(name ?? '');
    return instance === undefined || isUnderWay(instance, view);
  },
  'one that shrinks has others that are whole': (step, view) => {
    if (step?.kind !== 'resizePod' || !isLowered(podOf(view, step))) return true;
    return [...view.instances.values()].every((one) => {
      const report = reportOf(one);
      if (one.name === 'shop-0') return true;
      return report?.syncedTerm === 3 && one.pod?.owner === 'ours' && !one.pod.deleting;
    });
  },
  'nothing is made anew where enough others are being updated; what restarts nothing waits for nobody': (
    step,
    view,
  ) => view.planned.mayRoll || step?.kind !== 'deletePod',
  'a hold says why, and names an instance': (step) =>
    step?.kind !== 'hold' || step.reason === 'Queued' || /shop-\d/.test(step.because),
};

const brokenBy = (step: PlannedStep | undefined, view: ClusterView): readonly string[] =>
  Object.entries(laws).flatMap(([law, holds]) => (holds(step, view) ? [] : [law]));

const textOf = (step: PlannedStep | undefined): string => {
  if (step === undefined) return 'none';
  return `${step.operation} ${step.kind === 'hold' ? step.reason : step.kind}`;
};

test('every law of resizing holds in every view', () => {
  let views = 0;
  const kinds = new Set<string>();
  for (const view of everyResizeView()) {
    views += 1;
    const step = decidePlanned(view);
    kinds.add(textOf(step));
    const broken = brokenBy(step, view);
    if (broken.length > 0) assert.fail(`${broken.join()}: ${inText({ step, view })}`);
  }
  assert.ok(views > 20_000, `${views} views`);
  for (const kind of ['resizePod', 'recordResize', 'OnItsWay', 'NotInSync', 'MemoryInUse', 'Refused'])
    assert.ok(kinds.has(`resize ${kind}`), `no view leads to resize ${kind}`);
  for (const kind of ['deletePod', 'HandOver', 'MemoryInUse'])
    assert.ok(kinds.has(`update ${kind}`), `no view leads to update ${kind}`);
});

const everybody = (change: (one: InstanceView) => InstanceView) => (view: ClusterView) => ({
  ...view,
  instances: instances(...[...view.instances.values()].map(change)),
});
const sayingOfMemory = (memory: MemoryUse) =>
  everybody((one) =>
    one.sighting.kind === 'reported' && one.sighting.report.memory !== undefined
      ? { ...one, sighting: { kind: 'reported', report: { ...one.sighting.report, memory } } }
      : one,
  );
const withResources = (change: (had: PodResources) => PodResources) =>
  everybody((one) =>
    one.pod?.resources === undefined
      ? one
      : { ...one, pod: { ...one.pod, resources: change(one.pod.resources) } },
  );

/** A guard that is taken away: what is decided then breaks a law of what is really there. */
const mutants: Readonly<Record<string, (view: ClusterView) => ClusterView>> = {
  'what the container holds is not looked at': sayingOfMemory({ setForBytes: 4 * gibibyte }),
  'nobody waits for the kubelet': withResources((had) => ({ ...had, inForce: had.asked, delay: undefined })),
  'what the kubelet says is not heard': withResources((had) => ({ ...had, delay: undefined })),
  'time does not pass': (view) => {
    const resizes = { ...view.planned.resizes, waits: new Map() };
    return { ...view, planned: { ...view.planned, resizes } };
  },
  'the API server is asked for what it refuses': (view) => {
    const resizes = { ...view.planned.resizes, refused: undefined };
    return { ...view, planned: { ...view.planned, resizes } };
  },
  'all are taken for whole': everybody((one) =>
    one.sighting.kind === 'reported'
      ? { ...one, sighting: { kind: 'reported', report: { ...one.sighting.report, syncedTerm: 3 } } }
      : one,
  ),
  'every pod is made anew': (view) => {
    const resizes = { ...view.planned.resizes, allowed: false };
    return { ...view, planned: { ...view.planned, resizes } };
  },
};

for (const [what, mutate] of Object.entries(mutants)) {
  test(`the laws notice it when ${what}`, () => {
    for (const view of everyResizeView()) if (brokenBy(decidePlanned(mutate(view)), view).length > 0) return;
    assert.fail('no view tells the difference');
  });
}

/** Three whose resources have changed from these, and whose memory fits. */
const threeOf = (before: Resources): ClusterView =>
  viewWith({
    planned: plannedFor({}),
    instances: instances(
      ...[0, 1, 2].map((n) => {
        const resources = { asked: before, inForce: before, delay: undefined };
        const pod = podWith(n, { resources, parts: { ...parts, resources: 'before' } });
        const memory = memories['fits'];
        return n === 0
          ? primary(n, { pod, sighting: reported(n, { role: 'primary', upstream: undefined, memory }) })
          : replica(n, { pod, sighting: reported(n, { memory }) });
      }),
    ),
  });

const plannedFor = (change: Partial<ClusterView['planned']['resizes']>) =>
  plannedWith({
    parts: { ...parts, resources: 'wanted' },
    resizes: { wanted, allowed: true, refused: undefined, waits: new Map(), ...change },
  });

const changed = (view: ClusterView, name: string, stage: string): ClusterView =>
  everybody((one) =>
    one.name === name && one.pod !== undefined ? { ...one, pod: { ...one.pod, ...stages[stage] } } : one,
  )(view);

for (const [what, before] of Object.entries({ grow: '2Gi', shrink: '8Gi' })) {
  test(`three ${what} in place, each once, the primary last, and nothing is made anew`, () => {
    let view = threeOf({ requests: { memory: '1Gi' }, limits: { memory: before } });
    const deeds: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      const step = decidePlanned(view);
      if (step === undefined) break;
      deeds.push(step.kind === 'hold' ? step.reason : `${step.kind} ${step.pod}`);
      if (step.kind === 'resizePod') view = changed(view, step.pod, 'asked');
      else if (step.kind === 'hold')
        view = changed(view, /shop-\d/.exec(step.because)?.[0] ?? '', 'carriedOut');
      else if (step.kind === 'recordResize') view = changed(view, step.pod, 'asWanted');
    }
    const each = (pod: string) => [`resizePod ${pod}`, 'OnItsWay', `recordResize ${pod}`];
    assert.deepEqual(deeds, ['shop-2', 'shop-1', 'shop-0'].flatMap(each));
    assert.equal(plannedHandOver(heldWith(), view), undefined);
  });
}

test('what holds a limit up is told in words that stay the same while data comes and goes', () => {
  const words = (memory: MemoryUse | undefined): string => {
    const view = threeOf({ requests: { memory: '1Gi' }, limits: { memory: '8Gi' } });
    const step = decidePlanned(everybody((one) => (one.name === 'shop-2' ? saying(one, memory) : one))(view));
    assert.equal(step?.kind, 'hold');
    return step?.kind === 'hold' ? `${step.reason}: ${step.because}` : '';
  };
  assert.equal(
    words(memories['holdsMoreData']),
    'MemoryInUse: shop-2 holds more data than a memory limit of 4Gi leaves room for',
  );
  assert.equal(
    words(memories['full']),
    'MemoryInUse: the container of shop-2 holds more memory than a memory limit of 4Gi may',
  );
  assert.equal(
    words(memories['setForBefore']),
    'OnItsWay: shop-2 has yet to lower its maxmemory for a memory limit of 4Gi',
  );
});

const saying = (one: InstanceView, memory: MemoryUse | undefined): InstanceView =>
  one.sighting.kind === 'reported'
    ? { ...one, sighting: { kind: 'reported', report: { ...one.sighting.report, memory } } }
    : one;

test('a replica that cannot follow keeps nobody from growing', () => {
  const view = threeOf({ requests: { memory: '1Gi' }, limits: { memory: '2Gi' } });
  const broken = {
    ...view,
    instances: new Map(view.instances).set(
      'shop-1',
      replica(1, { sighting: reported(1, { syncedTerm: 2 }) }),
    ),
  };
  assert.equal(textOf(decidePlanned(broken)), 'resize resizePod');
});

test('pods that ask for what is wanted already are left alone until their record says so, however long ago that was', () => {
  const view = changed(threeOf(wanted), 'shop-2', 'asked');
  const late = { ...view, planned: plannedFor({ waits: new Map([['uid-2', resizePatience]]) }) };
  assert.equal(textOf(decidePlanned(late)), 'update deletePod');
  const other = changed(late, 'shop-2', 'carriedOut');
  assert.equal(textOf(decidePlanned(other)), 'resize recordResize');
  assert.notEqual(beingChanged, 'wanted');
});

const inText = (value: unknown): string =>
  JSON.stringify(value, (_key, field) => {
    if (field instanceof Map) return [...field.values()];
    return typeof field === 'bigint' ? String(field) : field;
  });
