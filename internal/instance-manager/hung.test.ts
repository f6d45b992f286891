import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, milliseconds, moment, seconds } from '../time/units.ts';
import { closedGate } from './decide.ts';
import { atBoot, type Facts } from './facts.ts';
import { hungComplaint } from './hung.ts';

const answeredAt = moment(1000);
const boot = atBoot({ kind: 'record', record: { term: 1, role: 'primary' } }, true, answeredAt);
const redis = {
  follows: undefined,
  writeGate: 0,
  linkUp: false,
  syncInProgress: false,
  replicationId: 'a',
  offset: 1,
  connectedReplicas: 1,
  keys: 1,
  writesRefused: undefined,
  listens: true,
};
const cluster = {
  resourceVersion: '1',
  tenure: { term: 1, primary: 'orders-0', fenced: false },
  addresses: new Map<string, string>(),
  instances: 2,
  pods: ['orders-0', 'orders-1'],
  minSyncReplicas: 0,
  silenceSeconds: 3,
  fencedPods: [],
};
const primary: Facts = {
  ...boot,
  process: { ...boot.process, state: 'running', pid: 7, answeredAt },
  redis,
  cluster,
};
const late = after(answeredAt, seconds(3));
const complaint = (part: Partial<Facts>, at = late): string | undefined =>
  hungComplaint('orders-0', { ...primary, ...part }, at);

test('a primary that has not answered for the patience of its cluster hangs, and no moment sooner', () => {
  assert.match(complaint({}) ?? '', /not answered for 3 s/);
  assert.equal(complaint({}, after(late, milliseconds(-1))), undefined);
  assert.equal(complaint({ cluster: { ...cluster, silenceSeconds: 10 } }), undefined);
});

test('one that loads, has never answered, writes nothing, is alone or is being ended is left alone', () => {
  assert.equal(complaint({ process: { ...primary.process, state: 'loading' } }), undefined);
  assert.equal(complaint({ process: { ...primary.process, answeredAt: undefined } }), undefined);
  assert.equal(complaint({ redis: undefined }), undefined);
  assert.equal(complaint({ redis: { ...redis, writeGate: closedGate } }), undefined);
  assert.equal(complaint({ redis: { ...redis, follows: { host: '10.0.0.2', port: 6379 } } }), undefined);
  assert.equal(complaint({ cluster: { ...cluster, instances: 1, pods: ['orders-0'] } }), undefined);
  assert.equal(complaint({ stopping: true }), undefined);
  assert.equal(complaint({ fencedByUser: true }), undefined);
});
