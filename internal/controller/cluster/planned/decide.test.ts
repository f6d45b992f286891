import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideHealing } from '../healing/decide.ts';
import { isAsleep } from '../hibernation/decide.ts';
import { outdatedPods } from '../rollout/decide.ts';
import { surplusInstances } from '../scale/decide.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf } from '../view.ts';
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
import { decidePlanned, plannedHandOver } from './decide.ts';
import { everyPlannedView, older, primaryStates, replicaStates } from './every-view.fixture.ts';
import type { PlannedStep } from './step.ts';
import { lackOfPrimary, lackOfReplica, redisPatience } from './whole.ts';

type Law = (step: PlannedStep | undefined, view: ClusterView, tenure: HeldTenure | undefined) => boolean;

const isDeletion = (step: PlannedStep | undefined, operation: PlannedStep['operation']) =>
  step?.kind === 'deletePod' && step.operation === operation ? step : undefined;
const waitsFor = (step: PlannedStep | undefined) => (step?.kind === 'hold' ? step.reason : undefined);

/** Whether all wanted instances but this one are whole, told from the view alone. */
function othersAreWhole(name: string, view: ClusterView, tenure: HeldTenure): boolean {
  const others = [...view.instances.values()].filter(
    (one) => one.name !== name && one.ordinal < view.wantedInstances,
  );
  return others.every((one) => (one.name === tenure.target ? serves(one, tenure) : isWhole(one, tenure)));
}

const serves = (instance: InstanceView, { term, targetUID }: HeldTenure): boolean => {
  const report = reportOf(instance);
  return report?.role === 'primary' && report.term === term && report.podUID === targetUID;
};

function isWhole(instance: InstanceView, { term, target }: HeldTenure): boolean {
  const { pod } = instance;
  const report = reportOf(instance);
  const runs = pod?.owner === 'ours' && pod.ready && !pod.deleting && pod.trouble === undefined;
  const answers = report?.process.state === 'running' && (report.answeredMsAgo ?? 0) < 1_000;
  const { upstream, syncedTerm, fencedByUser } = report ?? {};
  const follows = upstream?.pod === target && upstream.linkUp && upstream.inSync && syncedTerm === term;
  return runs && answers && follows && fencedByUser !== true;
}

const laws: Readonly<Record<string, Law>> = {
  'a pod is deleted by the UID that was seen, and never twice': (step, { instances: seen }) =>
    step?.kind !== 'deletePod' ||
    (seen.get(step.pod)?.pod?.uid === step.uid && seen.get(step.pod)?.pod?.deleting === false),
  'a pod of another controller is never deleted': (step, { instances: seen }) =>
    step?.kind !== 'deletePod' || seen.get(step.pod)?.pod?.owner === 'ours',
  'nothing is deleted unless a confirmed primary takes writes': (step, { instances: seen }, tenure) =>
    step?.kind !== 'deletePod' ||
    (tenure !== undefined &&
      tenure.fencedFor === undefined &&
      tenure.current === tenure.target &&
      [...seen.values()].some((one) => one.name === tenure.target && serves(one, tenure))),
  'a cluster that hibernates does nothing else': (step, { planned }) =>
    step === undefined || (step.operation === 'hibernate') === planned.hibernating,
  'into hibernation the primary goes last, when nobody else is there': (step, { instances: seen }, tenure) =>
    isDeletion(step, 'hibernate')?.pod !== tenure?.target ||
    step === undefined ||
    step.kind === 'hold' ||
    [...seen.values()].every(({ name, pod }) => name === tenure?.target || pod?.owner !== 'ours'),
  'the pod of a primary is deleted only in a cluster of one for an update, or last of all': (
    step,
    view,
    tenure,
  ) =>
    step?.kind !== 'deletePod' ||
    step.pod !== tenure?.target ||
    step.operation === 'hibernate' ||
    (step.operation === 'update' && view.instances.size === 1 && view.wantedInstances === 1),
  'an update replaces outdated pods alone, and only when all others are whole (I4)': (step, view, tenure) => {
    const deletion = isDeletion(step, 'update');
    if (deletion === undefined || tenure === undefined) return deletion === undefined;
    const outdated = outdatedPods(view).some(({ instance }) => instance.name === deletion.pod);
    return outdated && othersAreWhole(deletion.pod, view, tenure);
  },
  'nothing is updated for settings while somebody has yet to look at them': (step, view) => {
    const { operation } = step ?? {};
    if (operation !== 'update' || (step?.kind === 'hold' && step.reason !== 'HandOver')) return true;
    const pod = step?.kind === 'deletePod' ? step.pod : undefined;
    const isForSettings = outdatedPods(view).some(
      ({ instance, reason }) => reason.name === 'Settings' && (pod === undefined || instance.name === pod),
    );
    const looked = [...view.instances.values()].every(
      (one) => one.ordinal >= view.wantedInstances || reportOf(one)?.settingsGeneration !== 6,
    );
    return !isForSettings || looked;
  },
  'an update leaves alone whoever is silent, frozen, loading, synchronising or fenced': (step, view) => {
    const report = reportOf(view.instances.get(isDeletion(step, 'update')?.pod ?? ''));
    if (isDeletion(step, 'update') === undefined) return true;
    const copies = report?.upstream?.syncInProgress === true && report.syncRefused === undefined;
    const loads = report?.process.state === 'loading' || copies;
    return report !== undefined && !loads && !report.fencedByUser && (report.answeredMsAgo ?? 0) < 1_000;
  },
  'replicas are updated before the primary, the highest number first': (step, view, tenure) => {
    const names = outdatedPods(view).map(({ instance }) => instance.name);
    const replicas = names.filter((name) => name !== tenure?.target);
    const deletion = isDeletion(step, 'update');
    if (replicas.length === 0) return deletion === undefined || deletion.pod === tenure?.target;
    if (deletion !== undefined) return deletion.pod === replicas.at(-1);
    return step?.operation !== 'update' || !['HandOver', 'Approval'].includes(waitsFor(step) ?? '');
  },
  'a primary is handed over for an update only to replicas that are whole and up to date': (
    step,
    view,
    tenure,
  ) =>
    step?.operation !== 'update' ||
    waitsFor(step) !== 'HandOver' ||
    (tenure !== undefined && outdatedPods(view).length === 1 && othersAreWhole(tenure.target, view, tenure)),
  'without a word from people a supervised primary stays': (step, view, tenure) =>
    view.planned.primaryUpdate !== 'supervised' ||
    step?.operation !== 'update' ||
    (waitsFor(step) !== 'HandOver' && !(step.kind === 'deletePod' && step.pod === tenure?.target)),
  'data that ends with the only pod is not ended without a word from people': (step, view) =>
    !view.planned.dataEndsWithPod ||
    view.planned.primaryUpdate === 'approved' ||
    view.instances.size > 1 ||
    step?.kind !== 'deletePod',
  'no update begins where enough others are being updated': (step, { planned }) =>
    planned.mayRoll || step?.operation !== 'update' || (step.kind === 'hold' && step.reason !== 'HandOver'),
  'scaling down takes the highest number, one at a time': (step, view) => {
    const deletion = isDeletion(step, 'scaleDown');
    const surplus = surplusInstances(view);
    return (
      deletion === undefined ||
      (surplus.at(-1)?.name === deletion.pod && surplus.every(({ pod }) => !pod.deleting))
    );
  },
  'nobody who runs goes before all that stay are whole': (step, view, tenure) => {
    const deletion = isDeletion(step, 'scaleDown');
    if (deletion === undefined || tenure === undefined) return true;
    const going = view.instances.get(deletion.pod);
    const runs = going?.pod?.trouble === undefined || reportOf(going) !== undefined;
    return !runs || othersAreWhole(deletion.pod, view, tenure);
  },
  'with minSyncReplicas nobody goes who has what another has not (I3)': (step, view, tenure) => {
    const deletion = isDeletion(step, 'scaleDown');
    const going = reportOf(view.instances.get(deletion?.pod ?? ''));
    if (deletion === undefined || going === undefined || view.policy.minSyncReplicas === 0) return true;
    return [...view.instances.values()].every(
      (one) =>
        one.name === tenure?.target ||
        one.ordinal >= view.wantedInstances ||
        (reportOf(one)?.offset ?? 0) >= going.offset,
    );
  },
  'a hold says why, and names an instance': (step) =>
    step?.kind !== 'hold' || step.reason === 'Queued' || /shop-\d/.test(step.because),
};

test('every law of planned operations holds in every view', () => {
  let views = 0;
  const kinds = new Set<string>();
  const all = Object.entries(laws);
  for (const view of everyPlannedView()) {
    views += 1;
    const step = decidePlanned(view);
    kinds.add(step === undefined ? 'none' : `${step.operation} ${waitsFor(step) ?? step.kind}`);
    const tenure = view.tenure.kind === 'held' ? view.tenure : undefined;
    for (const [law, holds] of all)
      if (!holds(step, view, tenure)) assert.fail(`${law}: ${inText({ step, view })}`);
  }
  assert.ok(views > 20_000, `${views} views`);
  assert.deepEqual(
    [...kinds].sort(),
    [
      'none',
      'hibernate OnItsWay',
      'hibernate deletePod',
      'scaleDown HandOver',
      'scaleDown NotInSync',
      'scaleDown OnItsWay',
      'scaleDown deletePod',
      'update Approval',
      'update HandOver',
      'update NotInSync',
      'update OnItsWay',
      'update Queued',
      'update deletePod',
    ].sort(),
  );
});

test('a cluster that is being deleted, or is to be left alone, is neither updated nor scaled', () => {
  const outdated = instances(primary(0), replica(1, { pod: podWith(1, { parts: older }) }), replica(2));
  assert.equal(decidePlanned(viewWith({ instances: outdated }))?.kind, 'deletePod');
  for (const change of [{ deleting: true }, { reconcileDisabled: true }]) {
    assert.equal(decidePlanned(viewWith({ instances: outdated, ...change })), undefined);
    assert.equal(decidePlanned(viewWith({ wantedInstances: 1, ...change })), undefined);
  }
});

test('an update of three ends with all of them made anew, each once, and the primary last', () => {
  let view = viewWith({
    instances: instances(...[0, 1, 2].map((n) => memberOf('shop-0', n, older))),
  });
  const deeds: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const step = decidePlanned(view);
    if (step === undefined) break;
    deeds.push(step.kind === 'hold' ? step.reason : step.pod);
    view = step.kind === 'hold' ? handedOver(view, 'shop-1') : remade(view, step.pod);
  }
  assert.deepEqual(deeds, ['shop-2', 'shop-1', 'HandOver', 'shop-0']);
  assert.deepEqual(outdatedPods(view), []);
});

test('five are scaled down to two one by one from the top, the primary after it has handed over', () => {
  let view = viewWith({
    wantedInstances: 2,
    tenure: heldWith({ target: 'shop-4', targetUID: 'uid-4', current: 'shop-4' }),
    instances: instances(...[0, 1, 2, 3, 4].map((n) => memberOf('shop-4', n, parts))),
  });
  const deeds: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const step = decidePlanned(view);
    if (step === undefined) break;
    deeds.push(step.kind === 'hold' ? step.reason : step.pod);
    view = step.kind === 'hold' ? handedOver(view, 'shop-0') : without(view, step.pod);
  }
  assert.deepEqual(deeds, ['HandOver', 'shop-4', 'shop-3', 'shop-2']);
});

test('whom the primary hands over to is left open for an update, and is one that stays for scaling down', () => {
  const outdated = viewWith({
    instances: instances(
      memberOf('shop-0', 0, older),
      memberOf('shop-0', 1, parts),
      memberOf('shop-0', 2, parts),
    ),
  });
  assert.deepEqual(plannedHandOver(heldWith(), outdated), {
    because: 'shop-0 is the primary, and its image is redis:7.0 and should be redis:7.2',
    to: undefined,
  });
  const tenure = heldWith({ target: 'shop-3', targetUID: 'uid-3', current: 'shop-3' });
  const members = [0, 1, 2, 3].map((n) => memberOf('shop-3', n, parts));
  const shrinking = viewWith({ wantedInstances: 2, tenure, instances: instances(...members) });
  assert.equal(plannedHandOver(tenure, shrinking)?.to, 'shop-0');
  assert.equal(plannedHandOver(heldWith(), viewWith()), undefined);
});

test('a primary that has closed its gate to hand over is still to be handed over', () => {
  const closed = {
    ...memberOf('shop-0', 0, older),
    sighting: reported(0, { role: 'fenced', upstream: undefined }),
  };
  const view = viewWith({
    instances: instances(closed, memberOf('shop-0', 1, parts), memberOf('shop-0', 2, parts)),
  });
  assert.notEqual(plannedHandOver(heldWith(), view), undefined);
  assert.notEqual(waitsFor(decidePlanned(view)), 'HandOver');
});

test('three fall asleep from the top, the primary last, and nothing is made until they are woken', () => {
  let view = viewWith({ planned: plannedWith({ hibernating: true }) });
  const deeds: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const step = decidePlanned(view);
    if (step === undefined) break;
    assert.equal(step.kind, 'deletePod');
    if (step.kind === 'deletePod') {
      deeds.push(step.pod);
      view = without(view, step.pod);
    }
  }
  assert.deepEqual(deeds, ['shop-2', 'shop-1', 'shop-0']);
  const missing = [0, 1, 2].map((n) => replica(n, { pod: undefined, sighting: { kind: 'absent' } }));
  const asleep = { ...view, instances: instances(...missing) };
  assert.ok(isAsleep(asleep));
  assert.deepEqual(decideHealing(asleep), []);
  const woken = { ...asleep, planned: plannedWith() };
  assert.ok(!isAsleep(woken));
  assert.equal(decideHealing(woken).filter(({ kind }) => kind === 'createPod').length, 3);
});

test('of two, with the replica frozen, nothing is touched, and it is named', () => {
  const frozen = replica(1, {
    pod: podWith(1, { parts: older }),
    sighting: reported(1, { answeredMsAgo: 2_000 }),
  });
  const view = viewWith({
    wantedInstances: 2,
    instances: instances(primary(0, { pod: podWith(0, { parts: older }) }), frozen),
  });
  assert.deepEqual(decidePlanned(view), {
    kind: 'hold',
    operation: 'update',
    reason: 'NotInSync',
    because: 'the Redis of shop-1 does not answer',
  });
});

test('a replica that answers and cannot follow is made anew: the update may be what mends it', () => {
  const broken = replicaStates['linkDown']?.(2, older);
  assert.ok(broken !== undefined);
  const step = decidePlanned(viewWith({ instances: instances(primary(0), replica(1), broken) }));
  assert.deepEqual([step?.kind, step?.kind === 'deletePod' && step.pod], ['deletePod', 'shop-2']);
});

test('a replica that refuses the data it is sent is named with the words of Redis, and may be made anew', () => {
  const refusing = replicaStates['refusing'] ?? assert.fail();
  const rolledOut = viewWith({
    instances: instances(
      primary(0, { pod: podWith(0, { parts: older }) }),
      replica(1, { pod: podWith(1, { parts: older }) }),
      refusing(2, parts),
    ),
  });
  assert.deepEqual(decidePlanned(rolledOut), {
    kind: 'hold',
    operation: 'update',
    reason: 'NotInSync',
    because: "shop-2 cannot take over the data of shop-0: Can't handle RDB format version 11",
  });
  const reverted = viewWith({ instances: instances(primary(0), replica(1), refusing(2, older)) });
  const step = decidePlanned(reverted);
  assert.deepEqual([step?.kind, step?.kind === 'deletePod' && step.pod], ['deletePod', 'shop-2']);
});

test('each state says what is missing, and only the first is whole', () => {
  const view = viewWith();
  for (const [name, state] of Object.entries(replicaStates)) {
    const lack = lackOfReplica(state(1, parts), heldWith(), view);
    assert.equal(lack === undefined, name === 'whole' || name === 'behind', name);
  }
  for (const [name, state] of Object.entries(primaryStates)) {
    const seen = viewWith({ instances: instances(state(0, parts), replica(1), replica(2)) });
    assert.equal(lackOfPrimary(heldWith(), seen) === undefined, name === 'serving', name);
  }
});

test('a Redis that is busy for as long as its manager waits for it is not called silent', () => {
  assert.ok(redisPatience > 2 * 250, 'the manager waits 250 ms for an answer, and may look twice');
});

function memberOf(target: string, ordinal: number, made: typeof parts): InstanceView {
  const name = `shop-${ordinal}`;
  const upstream = {
    pod: target,
    address: 'a',
    linkUp: true,
    syncInProgress: false,
    inSync: true,
    lagBytes: 0,
    heardMsAgo: 0,
  };
  return name === target
    ? primary(ordinal, { pod: podWith(ordinal, { parts: made }) })
    : replica(ordinal, { pod: podWith(ordinal, { parts: made }), sighting: reported(ordinal, { upstream }) });
}

function handedOver(view: ClusterView, target: string): ClusterView {
  const members = [...view.instances.values()].map(({ ordinal, pod }) =>
    memberOf(target, ordinal, pod?.parts ?? parts),
  );
  const uid = `uid-${target.at(-1)}`;
  return {
    ...view,
    tenure: heldWith({ target, targetUID: uid, current: target }),
    instances: instances(...members),
  };
}

function remade(view: ClusterView, name: string): ClusterView {
  const target = view.tenure.kind === 'held' ? view.tenure.target : '';
  const members = [...view.instances.values()].map((one) =>
    one.name === name ? memberOf(target, one.ordinal, plannedWith().parts) : one,
  );
  return { ...view, instances: instances(...members) };
}

const without = (view: ClusterView, name: string): ClusterView => ({
  ...view,
  instances: instances(...[...view.instances.values()].filter((one) => one.name !== name)),
});

const inText = (value: unknown): string =>
  JSON.stringify(value, (_key, field) => {
    if (field instanceof Map) return [...field.values()];
    return typeof field === 'bigint' ? String(field) : field;
  });
