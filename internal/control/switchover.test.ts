import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookHolds } from '../instance-manager/role-loop.ts';
import { leaseDuration, renewWithin } from '../kube/leader-election.ts';
import { leasePolicy } from './lease.ts';
import {
  catchUpLimit,
  commitLimit,
  offerTakenIn,
  pauseLimit,
  proxiesFollow,
  proxiesRest,
  proxiesRestLimit,
  releaseLimit,
  reliefPatience,
  tickPatience,
} from './switchover.ts';

test('a pause outlasts the catch-up, and ends by itself before a client gives up', () => {
  assert.ok(pauseLimit >= 2 * catchUpLimit);
  assert.ok(pauseLimit <= 1000);
});

test('the operator waits for two looks at the candidate, two catch-ups and the closing of the gate', () => {
  assert.ok(releaseLimit >= 3 * catchUpLimit + 300);
});

test('a candidate that was looked at before the term was offered need not be looked at again to be promoted', () => {
  const [offerWritten, released] = [15, 8];
  assert.ok(offerWritten + offerTakenIn + released < lookHolds);
});

test('a primary that is told to stop waits for several attempts to relieve it', () => {
  assert.ok(reliefPatience >= 2 * (releaseLimit + commitLimit) + leasePolicy(3).lease);
  assert.ok(reliefPatience <= 120_000 / 10);
});

test('clients are kept out for as long as the Service, its endpoints and two turns of kube-proxy may take, and no longer', () => {
  const [effectLimit, endpoints, proxyTurn] = [500, 500, 1000];
  assert.ok(proxiesFollow >= effectLimit + endpoints + 2 * proxyTurn && proxiesFollow <= 5000);
});

test('proxies are let rest for longer than two turns of kube-proxy take, and whoever is to stop has time left for two attempts', () => {
  const proxyTurn = 1000;
  assert.ok(proxiesRest >= 2 * proxyTurn + 400);
  assert.ok(proxiesRestLimit >= 2 * proxiesRest);
  assert.ok(reliefPatience >= proxiesRestLimit + 2 * (releaseLimit + commitLimit));
});

test('an operator that stops ends a hand-over that it has begun, and while the Lease is surely its own', () => {
  assert.ok(tickPatience > releaseLimit + commitLimit);
  assert.ok(tickPatience < leaseDuration - renewWithin);
});
