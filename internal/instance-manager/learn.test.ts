import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { atBoot, type ClusterFacts, type Facts } from './facts.ts';
import { hearCluster, hearWatched, takeReading } from './learn.ts';
import type { Proof } from './lease.ts';
import { leaseLeft } from './view.ts';

const me = 'orders-0';
const tenure = { term: 2, primary: me, fenced: false };
const cluster: ClusterFacts = {
  resourceVersion: '10',
  tenure,
  addresses: new Map(),
  instances: 3,
  pods: [me, 'orders-1', 'orders-2'],
  minSyncReplicas: 0,
  silenceSeconds: 3,
  fencedPods: [],
};
const proof: Proof = { kind: 'read', term: 2, at: moment(1000) };
const facts: Facts = { ...atBoot({ kind: 'absent' }, false, moment(0)), cluster, proof };
const heard = (part: Partial<ClusterFacts>): ClusterFacts => ({ ...cluster, resourceVersion: '11', ...part });

test('a proof outlives news that leave the tenure as it is, and none that change it', () => {
  assert.equal(hearCluster(facts, heard({ minSyncReplicas: 1 })).proof, proof);
  assert.equal(hearCluster(facts, heard({ tenure: { ...tenure, fenced: true } })).proof, undefined);
  assert.equal(hearCluster(facts, heard({ tenure: { ...tenure, term: 3 } })).proof, undefined);
  assert.equal(hearCluster(facts, heard({ tenure: { ...tenure, primary: 'orders-1' } })).proof, undefined);
  const fenced = { ...facts, ...hearCluster(facts, heard({ tenure: { ...tenure, fenced: true } })) };
  assert.equal(
    hearCluster(fenced, heard({ resourceVersion: '12' })).proof,
    undefined,
    'nor is it back after it',
  );
});

test('a proof runs out when the tenure is lost or goes back to an older term', () => {
  assert.equal(hearCluster(facts, heard({ tenure: undefined })).proof, proof);
  assert.equal(hearCluster(facts, heard({ tenure: { ...tenure, term: 1 } })).proof, proof);
  assert.equal(leaseLeft(facts, moment(2000)), 650);
  assert.ok((leaseLeft(facts, moment(2651)) ?? 0) < 0);
});

test('a live reading is a proof as of when it was asked for, if it names this instance and is the newest', () => {
  const at = moment(5000);
  const read = (part: Partial<ClusterFacts>, known = facts) =>
    takeReading(known, me, { kind: 'read', at, cluster: heard(part) });
  assert.deepEqual(read({}).proof, { kind: 'read', term: 2, at });
  assert.equal(read({ resourceVersion: '9' }).proof, proof, 'it was overtaken');
  assert.equal(read({ tenure: { ...tenure, fenced: true } }).proof, undefined);
  assert.equal(read({ tenure: { ...tenure, primary: 'orders-1' } }).proof, undefined);
  assert.equal(takeReading(facts, me, { kind: 'read', at, cluster: undefined }).proof, proof, 'it runs out');
});

test('a reading that was asked for earlier replaces neither proof nor confirmation', () => {
  const later = {
    ...facts,
    ...takeReading(facts, me, { kind: 'read', at: moment(5000), cluster: heard({}) }),
  };
  const early = takeReading(later, me, { kind: 'relay', at: moment(4000), cluster: heard({}) });
  assert.equal(early.proof, later.proof);
  assert.equal(early.confirmed, later.confirmed);
});

test('what the watch brings is a proof if it names this process, as of the moment that its grant echoes', () => {
  const run = 'run-0';
  const own = { ...facts, process: { ...facts.process, run } };
  const place = { self: me, now: moment(9000) };
  const appointed = { ...tenure, term: 3, run };
  const granted = heard({ tenure: appointed, grant: { term: 3, asOf: 8500 } });
  const proofIn = (part: Partial<ClusterFacts>): Proof | undefined =>
    hearWatched(own, { ...granted, ...part }, place).proof;

  const at = moment(8500);
  assert.deepEqual(hearWatched(own, granted, place).proof, { kind: 'grant', term: 3, at });
  assert.deepEqual(hearWatched(own, granted, place).confirmed, {
    tenure: appointed,
    resourceVersion: '11',
    at,
  });
  assert.equal(proofIn({ grant: undefined }), undefined);
  assert.equal(proofIn({ grant: { term: 2, asOf: 8500 } }), undefined, 'an older operator left it there');
  assert.equal(proofIn({ grant: { term: 3, asOf: 9001 } }), undefined, 'it is of another clock');
  assert.equal(proofIn({ tenure: { ...appointed, run: 'run-1' } }), undefined);
  assert.equal(proofIn({ tenure: { ...appointed, fenced: true } }), undefined);
  assert.equal(proofIn({ tenure: { ...appointed, primary: 'orders-1' } }), undefined);
  assert.equal(proofIn({ resourceVersion: '9' }), proof, 'something newer is known');
});
