import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxiesFollow } from '../control/switchover.ts';
import { moment } from '../time/units.ts';
import { closedGate, decideRole, isWritable, type RoleStep, type RoleView } from './decide.ts';
import { atBoot, type ClusterFacts, type Facts, notStarted, type RedisFacts } from './facts.ts';
import { reportOf } from './report.ts';
import { releaseInForce, viewOf } from './view.ts';

/** What the own role is decided on while the term is being handed over, or has been. Each bit is one thing that may be. */
function viewOfBits(bits: number): RoleView {
  const has = (bit: number): boolean => (bits & (1 << bit)) !== 0;
  const primary = has(0) ? 'orders-0' : 'orders-1';
  const released = has(1) && has(0) ? 'orders-1' : undefined;
  return {
    pod: 'orders-0',
    ownAddress: { host: '10.0.0.1', port: 6379 },
    primaryAddress: { host: has(0) ? '10.0.0.1' : '10.0.0.2', port: 6379 },
    tenure: { term: 2, primary, fenced: false },
    confirmed: undefined,
    run: 'this one',
    inSync: false,
    aside: 'none',
    bootTerm: 1,
    promiseAsked: undefined,
    linkLacksHistory: false,
    alone: false,
    record: { term: 2, role: has(0) ? 'primary' : 'replica' },
    minSyncReplicas: 0,
    released,
    handedOver: false,
    listens: has(2),
    mayListen: has(3) && released === undefined,
    proved: has(4),
    redis: {
      follows: has(5) ? { host: '10.0.0.2', port: 6379 } : undefined,
      writeGate: has(6) ? closedGate : 0,
    },
  };
}
const views: readonly RoleView[] = Array.from({ length: 2 ** 7 }, (_, bits) => viewOfBits(bits));

const laws: Readonly<Record<string, (view: RoleView, step: RoleStep) => boolean>> = {
  'nobody takes writes who has released the term': ({ released }, { kind }) =>
    released === undefined || (kind !== 'promote' && kind !== 'regate'),
  'a release closes the gate, or the port that is still open': (view, { kind }) =>
    kind !== 'release' || (view.released !== undefined && (isWritable(view.redis) || view.listens)),
  'whoever has released does not stay writable': (view, { kind }) =>
    view.released === undefined || !isWritable(view.redis) || kind === 'release' || kind === 'fence',
  'a port that may be open is opened, once nothing is to be closed': (view, { kind }) =>
    view.listens || !view.mayListen || kind === 'listen' || kind === 'fence',
  'a port that may not be open stays closed': (view, { kind }) =>
    kind !== 'listen' || (!view.listens && view.mayListen),
  'a release that is over lets the primary go on': (view, { kind }) =>
    view.released !== undefined ||
    view.tenure?.primary !== 'orders-0' ||
    isWritable(view.redis) ||
    !view.proved ||
    kind === 'promote' ||
    kind === 'listen',
};

test('every law of the release holds in every view', () => {
  for (const view of views) {
    const step = decideRole(view);
    for (const [law, holds] of Object.entries(laws)) {
      assert.ok(holds(view, step), `${law}: ${JSON.stringify({ view, step })}`);
    }
  }
});

const cluster: ClusterFacts = {
  resourceVersion: '10',
  tenure: { term: 2, primary: 'orders-0', fenced: false },
  addresses: new Map(),
  instances: 2,
  pods: ['orders-0', 'orders-1'],
  minSyncReplicas: 0,
  silenceSeconds: 3,
  fencedPods: [],
};
const redis: RedisFacts = {
  follows: undefined,
  writeGate: closedGate,
  listens: false,
  linkUp: false,
  syncInProgress: false,
  replicationId: 'a',
  offset: 1,
  connectedReplicas: 0,
  keys: 0,
  writesRefused: undefined,
};
const released = (part: Partial<ClusterFacts> = {}): Facts => ({
  ...atBoot({ kind: 'record', record: { term: 2, role: 'primary' } }, true, moment(0)),
  cluster: { ...cluster, ...part },
  release: { term: 2, candidate: 'orders-1', handover: 3, followedAt: undefined },
});
const succeeded = (primary: string): Partial<ClusterFacts> => ({
  tenure: { term: 3, primary, fenced: false },
});

test('a release binds until a later term is known, whatever else is', () => {
  assert.ok(releaseInForce(released()) !== undefined);
  assert.ok(releaseInForce(released({ resourceVersion: '11' })) !== undefined);
  for (const primary of ['orders-0', 'orders-1'])
    assert.equal(releaseInForce(released(succeeded(primary))), undefined);
});

test('nobody is told of a release that may yet be taken back', () => {
  const identity = {
    clusterName: 'orders',
    podNamespace: 'test',
    podName: 'orders-0',
    podUID: 'u',
    podIP: '10.0.0.1',
    managerVersion: 'test',
  };
  const process = { ...notStarted, state: 'running', pid: 1 } as const;
  const told = (facts: Facts): unknown =>
    reportOf(identity, { ...facts, process, redis }, moment(0)).released;
  assert.deepEqual(told(released()), { candidate: 'orders-1', handover: 3 });
  assert.equal(told({ ...released(), handingOver: true }), undefined);
});

test('clients are let in again at once by a primary that goes on, and by one that follows another some seconds after', () => {
  const place = { pod: 'orders-0', address: { host: '10.0.0.1', port: 6379 } };
  const mayListen = (facts: Facts, at: number): boolean => viewOf(place, facts, redis, moment(at)).mayListen;
  const replaced = released(succeeded('orders-1'));
  const { release = assert.fail() } = replaced;
  const follows = { ...replaced, release: { ...release, followedAt: moment(5000) } };
  assert.equal(mayListen(released(), 1e6), false);
  assert.equal(mayListen(released(succeeded('orders-0')), 0), true);
  assert.equal(
    mayListen(replaced, 1e6),
    false,
    'the Service moves when the successor is promoted, and not before',
  );
  assert.equal(mayListen(follows, 4999 + proxiesFollow), false);
  assert.equal(mayListen(follows, 5000 + proxiesFollow), true);
});
