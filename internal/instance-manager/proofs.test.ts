import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerAnswer } from '../control/protocol.ts';
import { systemClock } from '../time/system-clock.ts';
import { milliseconds, moment } from '../time/units.ts';
import { answerPeer } from './answer-peer.ts';
import { askPeers } from './ask-peers.ts';
import { atBoot, type ClusterFacts, createFactsCell, type Facts } from './facts.ts';
import type { Ports } from './ports.ts';
import { readTenure } from './read-tenure.ts';

const me = 'orders-0';
const place = { pod: me, address: { host: '10.0.0.1', port: 6379 } };
const cluster: ClusterFacts = {
  resourceVersion: '10',
  tenure: { term: 2, primary: me, fenced: false },
  addresses: new Map([
    ['orders-1', '10.0.0.2'],
    ['orders-2', '10.0.0.3'],
  ]),
  instances: 3,
  pods: [me, 'orders-1', 'orders-2'],
  minSyncReplicas: 0,
  silenceSeconds: 3,
  fencedPods: [],
};
const boot = atBoot({ kind: 'record', record: { term: 2, role: 'primary' } }, true, moment(0));
const primary: Facts = { ...boot, cluster };
const signal = new AbortController().signal;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** A world in which each answer takes a while, told by a clock that is moved by hand. */
function worldOf(facts: Partial<Facts> = {}) {
  let now = 1000;
  const cell = createFactsCell({ ...primary, ...facts });
  const answers = new Map<string, () => PeerAnswer>();
  let read: () => ClusterFacts | undefined = () => cluster;
  const ports = {
    identity: { podName: me },
    log: silent,
    clock: { ...systemClock, monotonic: () => moment(now) },
    cluster: {
      read: async () => {
        await Promise.resolve();
        now += 700;
        return read();
      },
    },
    peers: {
      ask: async (address: string) => {
        await Promise.resolve();
        now += 150;
        return answers.get(address)?.() ?? assert.fail('silent');
      },
    },
  } as unknown as Ports;
  const reads = (next: typeof read): void => {
    read = next;
  };
  return { cell, ports, answers, reads };
}

const unreachable =
  (pod: string, term = 2) =>
  (): PeerAnswer => ({
    pod,
    term,
    reading: { kind: 'unreachable' },
  });
const asked = moment(1000);

test('a live read proves what it proves as of when it was asked for, however long the answer took', async () => {
  const { cell, ports } = worldOf();
  await readTenure(ports, cell, milliseconds(2000), signal);
  assert.deepEqual(cell.current.proof, { kind: 'read', term: 2, at: asked });
  assert.equal(cell.current.confirmed?.at, asked);
});

test('a read that was overtaken while it was answered proves nothing', async () => {
  const { cell, ports, reads } = worldOf();
  reads(() => {
    const fenced = { term: 2, primary: me, fenced: true };
    cell.change({ cluster: { ...cluster, tenure: fenced, resourceVersion: '12' } });
    return cluster;
  });
  await readTenure(ports, cell, milliseconds(2000), signal);
  assert.equal(cell.current.proof, undefined);
  assert.equal(cell.current.cluster?.tenure?.fenced, true);
});

test('a tenure that cannot be read tells no boot term: it may have been meant for the process before', async () => {
  const { cell, ports, reads } = worldOf();
  cell.change({ process: { ...cell.current.process, pid: 7 } });
  reads(() => ({ ...cluster, tenure: undefined, tenureUnreadable: true }));
  await readTenure(ports, cell, milliseconds(2000), signal);
  assert.equal(cell.current.process.bootTerm, undefined);
  reads(() => cluster);
  await readTenure(ports, cell, milliseconds(2000), signal);
  assert.equal(cell.current.process.bootTerm, 2);
});

test('that nobody can appoint anybody is proved as of when the first peer was asked', async () => {
  const { cell, ports, answers } = worldOf();
  answers.set('10.0.0.2', unreachable('orders-1'));
  answers.set('10.0.0.3', unreachable('orders-2'));
  await askPeers(place, ports, cell, signal);
  assert.deepEqual(cell.current.proof, { kind: 'isolation', term: 2, at: asked });
});

test('a peer that is silent, has promised, or is another than was asked for leaves no proof', async () => {
  for (const second of [undefined, unreachable('orders-2', 3), unreachable('orders-1')]) {
    const { cell, ports, answers } = worldOf();
    answers.set('10.0.0.2', unreachable('orders-1'));
    if (second !== undefined) answers.set('10.0.0.3', second);
    await askPeers(place, ports, cell, signal);
    assert.equal(cell.current.proof, undefined);
  }
});

test('an answer about a term that has ended meanwhile is no proof of the next', async () => {
  const { cell, ports, answers } = worldOf();
  answers.set('10.0.0.2', unreachable('orders-1'));
  answers.set('10.0.0.3', () => {
    const tenure = { term: 3, primary: me, fenced: false };
    cell.change({
      cluster: { ...cluster, tenure, resourceVersion: '12' },
      stored: { kind: 'record', record: { term: 3, role: 'primary' } },
    });
    return unreachable('orders-2')();
  });
  await askPeers(place, ports, cell, signal);
  assert.equal(cell.current.proof, undefined);
});

test('what a peer has read is learnt: a proof when it names this instance, an order when it does not', async () => {
  const relay = (fenced: boolean) => (): PeerAnswer => ({
    pod: 'orders-1',
    term: 2,
    reading: { kind: 'read', resourceVersion: '11', tenure: { term: 2, primary: me, fenced } },
  });
  const good = worldOf();
  good.answers.set('10.0.0.2', relay(false));
  await askPeers(place, good.ports, good.cell, signal);
  assert.deepEqual(good.cell.current.proof, { kind: 'relay', term: 2, at: asked });

  const bad = worldOf({ proof: { kind: 'grant', term: 2, at: moment(900) } });
  bad.answers.set('10.0.0.2', relay(true));
  bad.answers.set('10.0.0.3', unreachable('orders-2'));
  await askPeers(place, bad.ports, bad.cell, signal);
  assert.equal(bad.cell.current.proof, undefined);
  assert.equal(bad.cell.current.cluster?.tenure?.fenced, true);
});

test('a peer that promises while it reads denies what it would have said before', async () => {
  const { cell, ports, reads } = worldOf({
    stored: { kind: 'record', record: { term: 2, role: 'replica' } },
  });
  reads(() => {
    cell.change({ promiseAsked: 3 });
    throw new Error('away');
  });
  assert.deepEqual(await answerPeer(ports, cell, signal), {
    pod: me,
    term: 3,
    members: { instances: 3, pods: cluster.pods },
    reading: { kind: 'unreachable' },
  });
});

test('a peer tells what it has read, nobody where nobody is appointed or there is no cluster', async () => {
  const { cell, ports, reads } = worldOf();
  assert.deepEqual((await answerPeer(ports, cell, signal)).reading, {
    kind: 'read',
    resourceVersion: '10',
    tenure: cluster.tenure,
  });
  reads(() => undefined);
  assert.deepEqual((await answerPeer(ports, cell, signal)).reading, {
    kind: 'read',
    resourceVersion: '',
    tenure: null,
  });
});
