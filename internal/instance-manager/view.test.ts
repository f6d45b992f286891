import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, milliseconds, moment } from '../time/units.ts';
import { closedGate, decideRole } from './decide.ts';
import { redis as loaded, cluster as ofTwo } from './facts.fixture.ts';
import { atBoot, type ClusterFacts, type Facts } from './facts.ts';
import { newerOf } from './learn.ts';
import type { Link } from './link.ts';
import {
  comparisonDue,
  comparisonWhileInSync,
  confirmationHolds,
  mayTakeWrites,
  pollWait,
  primaryPoll,
  steadyPoll,
  viewOf,
} from './view.ts';

const now = moment(50_000);
const tenure = { term: 2, primary: 'orders-0', fenced: false };
const cluster: ClusterFacts = {
  ...ofTwo,
  tenure,
  addresses: new Map([['orders-0', '10.0.0.1']]),
  instances: 1,
  pods: ['orders-0'],
};
const redis = { ...loaded, offset: 0, connectedReplicas: 0, keys: 0 };
const confirmed = { tenure, resourceVersion: '10', at: now };
const facts: Facts = { ...atBoot({ kind: 'absent' }, false, now), cluster, confirmed };
const place = { pod: 'orders-0', address: { host: '10.0.0.1', port: 6379 } };
const view = (part: Partial<Facts>, at = now) => viewOf(place, { ...facts, ...part }, redis, at);

test('a live read may be acted on for a moment, and not after it', () => {
  assert.deepEqual(view({}).confirmed, tenure);
  assert.deepEqual(view({}, after(now, confirmationHolds)).confirmed, tenure);
  assert.equal(view({}, after(now, milliseconds(confirmationHolds + 1))).confirmed, undefined);
});

test('a live read is void as soon as something newer has been heard, whatever it says', () => {
  assert.equal(view({ cluster: { ...cluster, resourceVersion: '11' } }).confirmed, undefined);
  assert.deepEqual(view({ cluster: { ...cluster, resourceVersion: '9' } }).confirmed, tenure);
  assert.equal(view({ cluster: undefined }).confirmed, undefined);
});

test('a cluster of one is one instance, and the status speaks of no other', () => {
  assert.equal(view({}).alone, true);
  assert.equal(view({ cluster: { ...cluster, pods: [] } }).alone, true);
  assert.equal(view({ cluster: { ...cluster, pods: ['orders-1'] } }).alone, false);
  assert.equal(view({ cluster: { ...cluster, instances: 2 } }).alone, false);
  assert.equal(view({ cluster: undefined }).alone, false);
});

test('a redis-server that has not answered an order to take writes counts as taking them, until it answers', () => {
  const replica = { ...redis, follows: { host: '10.0.0.2', port: 6379 }, writeGate: closedGate };
  const among: Facts = { ...facts, redis: replica, cluster: { ...cluster, instances: 2 } };
  const ordered: Facts = { ...among, opening: true };
  const record = { term: 2, role: 'primary' } as const;
  const step = (known: Facts) =>
    decideRole(viewOf(place, { ...known, stored: { kind: 'record', record } }, replica, now));
  assert.ok(mayTakeWrites(ordered) && !mayTakeWrites(among));
  assert.equal(step(ordered).kind, 'fence', 'its lease has run out');
  assert.notEqual(step(among).kind, 'fence');
  assert.equal(mayTakeWrites({ ...ordered, redis: undefined }), false, 'it has ended');
});

test('an unreadable record is no record of term 0', () => {
  assert.equal(view({ stored: { kind: 'unreadable', problem: 'x' } }).record, undefined);
  assert.deepEqual(view({}).record, { term: 0, role: undefined });
});

test('of two readings the newer one counts; where that cannot be told, the later one', () => {
  const older = { ...cluster, resourceVersion: '9' };
  assert.equal(newerOf(cluster, older), cluster);
  assert.equal(newerOf(older, cluster), cluster);
  assert.equal(newerOf(undefined, older), older);
  const opaque = { ...cluster, resourceVersion: 'abc' };
  assert.equal(newerOf(cluster, opaque), opaque);
});

const up = (part: Partial<Extract<Link, { kind: 'up' }>>): Link => ({
  kind: 'up',
  address: place.address,
  since: now,
  goal: undefined,
  inSync: false,
  lagBytes: undefined,
  comparedAt: undefined,
  agreedAt: undefined,
  ...part,
});

test('an instance that starts or catches up is looked at often, a settled one seldom', () => {
  const running: Facts = { ...facts, process: { ...facts.process, state: 'running' }, redis };
  assert.ok(pollWait(facts) < 50);
  assert.equal(pollWait(running), primaryPoll);
  assert.equal(pollWait({ ...running, redis: { ...redis, writeGate: closedGate } }), steadyPoll);
  const replica = { ...running, redis: { ...redis, follows: place.address } };
  assert.ok(pollWait(replica) < steadyPoll);
  assert.equal(pollWait({ ...replica, link: up({ inSync: true }) }), steadyPoll);
});

test('the upstream is asked at once when a link comes up, and seldom once we are in sync', () => {
  assert.equal(comparisonDue({ kind: 'none' }, now), false);
  assert.equal(comparisonDue({ kind: 'down', address: place.address }, now), false);
  assert.equal(comparisonDue(up({}), now), true);
  const proved = up({ inSync: true, comparedAt: now });
  assert.equal(comparisonDue(proved, after(now, milliseconds(comparisonWhileInSync - 1))), false);
  assert.equal(comparisonDue(proved, after(now, comparisonWhileInSync)), true);
});
