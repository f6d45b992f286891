import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { closedGate, nowhere } from './decide.ts';
import { atBoot, type Facts } from './facts.ts';
import { nextStep } from './next-step.ts';

const place = { pod: 'orders-0', address: { host: '10.0.0.1', port: 6379 } };
const now = moment(1000);
const tenure = { term: 2, primary: 'orders-0', fenced: false };
const boot = atBoot({ kind: 'record', record: { term: 2, role: 'primary' } }, true, now);
/** Appointed, proved, and about to be promoted. */
const appointed: Facts = {
  ...boot,
  process: { ...boot.process, state: 'running', pid: 7, answeredAt: now, bootTerm: 1 },
  redis: {
    follows: nowhere,
    writeGate: closedGate,
    listens: true,
    linkUp: false,
    syncInProgress: false,
    replicationId: 'a',
    offset: 10,
    connectedReplicas: 0,
    keys: 3,
    writesRefused: undefined,
  },
  cluster: {
    resourceVersion: '5',
    tenure,
    addresses: new Map(),
    instances: 2,
    pods: ['orders-0', 'orders-1'],
    minSyncReplicas: 0,
    silenceSeconds: 3,
    fencedPods: [],
  },
  confirmed: { tenure, resourceVersion: '5', at: now },
  proof: { kind: 'read', term: 2, at: now },
};

test('one that has yet to write its append-only file anew is not promoted', () => {
  assert.equal(nextStep(place, appointed, now).kind, 'promote');
  const step = nextStep(place, { ...appointed, aofAwaited: true }, now);
  assert.equal(step.kind, 'keep');
  assert.match(step.because, /append-only/);
});

test('while a data set is loaded, or redis-server is being ended, nobody is promoted', () => {
  const loading = { ...appointed, process: { ...appointed.process, state: 'loading' } } as const;
  assert.equal(nextStep(place, loading, now).kind, 'keep');
  assert.equal(nextStep(place, { ...appointed, stopping: true }, now).kind, 'keep');
});
