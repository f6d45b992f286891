import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceReport } from '../../../control/protocol.ts';
import { instant, seconds } from '../../../time/units.ts';
import type { ClusterView, InstanceView, Sighting, TenureView } from '../view.ts';
import { type AppointmentStep, decideAppointment } from './decide.ts';

const names = ['redis-0', 'redis-1', 'redis-2'] as const;
const term = 7;

interface Facts {
  readonly state: InstanceReport['process']['state'];
  readonly role: InstanceReport['role'];
  readonly term: number;
  readonly bootTerm: number;
  readonly syncedTerm: number;
  readonly offset: number;
  readonly keys: number;
}

const idle: Facts = {
  state: 'running',
  role: 'fenced',
  term: 0,
  bootTerm: 0,
  syncedTerm: 0,
  offset: 0,
  keys: 0,
};
const serving: Facts = { ...idle, role: 'primary', term, bootTerm: term - 1, keys: 5 };
const synced: Facts = { ...idle, role: 'replica', term, bootTerm: 1, syncedTerm: term, keys: 5 };
const unproved: Facts = { ...synced, syncedTerm: term - 1 };
const restarted: Facts = { ...idle, term, bootTerm: term, keys: 5 };
const emptied: Facts = { ...restarted, keys: 0 };
const exited: Facts = { ...serving, state: 'exited', role: 'none' };

/** Every state of one instance that a decision could tell apart; undefined is silence, null no pod at all. */
const states: readonly (Facts | undefined | null)[] = [
  null,
  undefined,
  idle,
  serving,
  { ...serving, term: term - 1 },
  { ...synced, offset: 50 },
  { ...synced, offset: 90 },
  unproved,
  restarted,
  emptied,
  exited,
];

const reportOf = (pod: string, facts: Facts): InstanceReport => ({
  pod,
  podUID: `uid-${pod}`,
  managerVersion: 'test',
  clock: 0,
  promise: undefined,
  leaseLeftMs: undefined,
  fencedByUser: false,
  writesRefused: undefined,
  engine: undefined,
  process: {
    state: facts.state,
    pid: 1,
    exit: facts.state === 'exited' ? { code: 1, signal: undefined } : undefined,
  },
  role: facts.role,
  term: facts.term,
  bootTerm: facts.bootTerm,
  syncedTerm: facts.syncedTerm,
  fence: undefined,
  replicationId: 'one',
  offset: facts.offset,
  upstream: undefined,
  connectedReplicas: 0,
  data: {
    keys: facts.keys,
    foundOnVolume: facts.keys > 0,
    lastRole: facts.role === 'primary' ? 'primary' : undefined,
  },
  configError: undefined,
  pendingRestart: [],
});

function instance(name: string, state: Facts | undefined | null, fresh: boolean): InstanceView {
  const sighting: Sighting =
    state === undefined
      ? { kind: 'silent', because: 'test', for: seconds(1) }
      : state === null
        ? { kind: 'absent' }
        : { kind: 'reported', report: reportOf(name, state) };
  return {
    name,
    ordinal: Number(name.at(-1)),
    pod:
      state === null
        ? undefined
        : {
            name,
            uid: `uid-${name}`,
            ip: '10.0.0.1',
            nodeName: 'node',
            phase: 'Running',
            ready: true,
            deleting: false,
            createdAt: instant(0),
            specHash: 'same',
            owner: 'ours',
            roleLabel: undefined,
            trouble: undefined,
          },
    claim: {
      uid: `claim-${name}`,
      bound: true,
      deleting: false,
      storageClassName: undefined,
      requestedBytes: 0n,
      madeForThisCluster: fresh,
    },
    sighting,
  };
}

const tenures: readonly TenureView[] = [
  { kind: 'vacant' },
  { kind: 'unreadable', problem: 'test' },
  ...names.map((target): TenureView => ({ kind: 'held', term, target, current: target })),
  { kind: 'held', term, target: 'redis-0', current: 'redis-1' },
];

const everyTrio = states.flatMap((a) => states.flatMap((b) => states.map((c) => [a, b, c] as const)));

function* everyView(): Generator<ClusterView> {
  for (const tenure of tenures) {
    for (const trio of everyTrio) {
      yield viewOf(tenure, trio, true);
      yield viewOf(tenure, trio, false);
    }
  }
}

function viewOf(
  tenure: TenureView,
  found: readonly (Facts | undefined | null)[],
  fresh: boolean,
): ClusterView {
  return {
    now: instant(1_000_000),
    cluster: { name: 'redis', namespace: 'test', uid: 'uid', createdAt: instant(0) },
    wantedInstances: names.length,
    deleting: false,
    reconcileDisabled: false,
    storage: { type: 'pvc', storageClassName: undefined },
    wantedHash: new Map(),
    tenure,
    instances: new Map(names.map((name, index) => [name, instance(name, found[index], fresh)])),
  };
}

const seen = (view: ClusterView, name: string): InstanceReport | undefined => {
  const sighting = view.instances.get(name)?.sighting;
  return sighting?.kind === 'reported' ? sighting.report : undefined;
};
const reports = (view: ClusterView): readonly InstanceReport[] =>
  names.flatMap((name) => seen(view, name) ?? []);

type Law = (view: ClusterView, step: AppointmentStep) => boolean;
const laws: Readonly<Record<string, Law>> = {
  'a primary that serves in its term is never replaced': ({ tenure, ...rest }, step) => {
    if (tenure.kind !== 'held') return true;
    const report = seen({ tenure, ...rest }, tenure.target);
    return report?.role !== 'primary' || report.term !== tenure.term || step.kind !== 'appoint';
  },
  'silence never convicts': (view, step) =>
    view.tenure.kind !== 'held' || seen(view, view.tenure.target) !== undefined || step.kind === 'hold',
  'an unreadable tenure appoints nobody': (view, step) =>
    view.tenure.kind !== 'unreadable' || step.kind === 'hold',
  'only an instance whose Redis runs is appointed': (view, step) =>
    step.kind !== 'appoint' || seen(view, step.pod)?.process.state === 'running',
  'an appointment opens a term above every one that anybody has obeyed': (view, step) =>
    step.kind !== 'appoint' ||
    (reports(view).every((report) => step.term > report.term) &&
      (view.tenure.kind !== 'held' || step.term > view.tenure.term)),
  'no survivor that was in sync has heard more than the one appointed': (view, step) => {
    if (step.kind !== 'appoint' || view.tenure.kind !== 'held') return true;
    const { target } = view.tenure;
    const chosen = seen(view, step.pod);
    const survivors = reports(view).filter(
      ({ pod, syncedTerm, process }) => pod !== target && syncedTerm === term && process.state === 'running',
    );
    return survivors.every(({ offset }) => chosen?.syncedTerm === term && offset <= chosen.offset);
  },
  'nobody without data is appointed over somebody who has some': (view, step) =>
    step.kind !== 'appoint' ||
    (seen(view, step.pod)?.data.keys ?? 0) > 0 ||
    reports(view).every(({ data, process }) => data.keys === 0 || process.state !== 'running'),
  'where volumes may hold data, the first primary is chosen only when all were heard': (view, step) =>
    step.kind !== 'appoint' ||
    view.tenure.kind !== 'vacant' ||
    names.every(
      (name) =>
        view.instances.get(name)?.claim?.madeForThisCluster === true ||
        seen(view, name)?.process.state === 'running',
    ),
  'only the target is confirmed, and only while it takes writes in its term': (view, step) =>
    step.kind !== 'confirm' ||
    (view.tenure.kind === 'held' &&
      step.pod === view.tenure.target &&
      seen(view, step.pod)?.role === 'primary' &&
      seen(view, step.pod)?.term === view.tenure.term),
};

test('every law of appointment holds in every view of three instances', () => {
  const kinds = new Map<string, number>();
  for (const view of everyView()) {
    const step = decideAppointment(view);
    kinds.set(step.kind, (kinds.get(step.kind) ?? 0) + 1);
    for (const [law, holds] of Object.entries(laws)) {
      if (!holds(view, step)) {
        const found = [...view.instances.values()].map(({ name, sighting }) => ({ name, sighting }));
        assert.fail(`${law}\n${JSON.stringify({ tenure: view.tenure, found, step }, undefined, 1)}`);
      }
    }
  }
  assert.deepEqual([...kinds.keys()].sort(), ['appoint', 'confirm', 'hold']);
});

test('the decision does not depend on the order in which instances are seen', () => {
  for (const view of everyView()) {
    const shuffled = { ...view, instances: new Map([...view.instances].reverse()) };
    const [one, other] = [decideAppointment(view), decideAppointment(shuffled)];
    if (one.kind !== 'hold') assert.deepEqual(one, other);
    else assert.equal(other.kind, 'hold');
  }
});

test('a cluster of one takes up its own tenure again: nobody else could have gone further', () => {
  const view = viewOf(
    { kind: 'held', term, target: 'redis-0', current: 'redis-0' },
    [restarted, null, null],
    true,
  );
  const alone = { ...view, wantedInstances: 1, instances: new Map([...view.instances].slice(0, 1)) };
  assert.equal(decideAppointment(alone).kind, 'hold');
});

test('a report of an earlier pod of the same name says nothing', () => {
  const view = viewOf(
    { kind: 'held', term, target: 'redis-0', current: 'redis-0' },
    [exited, synced, synced],
    true,
  );
  const first = view.instances.get('redis-0');
  assert.ok(first?.pod !== undefined);
  const renewed = { ...first, pod: { ...first.pod, uid: 'another' } };
  const step = decideAppointment({ ...view, instances: new Map(view.instances).set('redis-0', renewed) });
  assert.equal(step.kind, 'hold');
});
