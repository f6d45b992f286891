import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../kube/resources.ts';
import { changesBetween, isGuaranteed, sameResources } from './amounts.ts';
import { podResources } from './facts.ts';

const limits = { memory: '1Gi' };
const condition = (type: string, more: object) => ({ type, status: 'True', ...more });

/** A pod of generation 4 that has asked for 1 GiB. */
const podWith = (status: object, resources: object = { limits }): Pod =>
  ({
    metadata: { name: 'shop-1', generation: 4 },
    spec: { containers: [{ name: 'sidecar' }, { name: 'redis', resources }] },
    status,
  }) as unknown as Pod;

test('what is asked for and what is in force are of the container redis, filled in as the API server does', () => {
  const containerStatuses = [
    { name: 'sidecar', resources: { limits: { memory: '9Gi' } } },
    { name: 'redis', resources: { requests: { memory: '500M' }, limits } },
  ];
  const { asked, inForce, delay } = podResources(podWith({ containerStatuses })) ?? {};
  assert.deepEqual(asked, { requests: limits, limits });
  assert.deepEqual(inForce, { requests: { memory: '500M' }, limits });
  assert.equal(delay, undefined);
  assert.equal(podResources({ metadata: { name: 'shop-1' } } as Pod), undefined);
});

test('a kubelet says that it waits, that it cannot, or that it has failed so far', () => {
  const delayOf = (...conditions: readonly object[]) => podResources(podWith({ conditions }))?.delay;
  const message = 'no room';
  assert.deepEqual(delayOf(condition('PodResizePending', { reason: 'Deferred', message })), {
    kind: 'waits',
    words: 'Deferred: no room',
  });
  assert.deepEqual(delayOf(condition('PodResizePending', { reason: 'Infeasible', message })), {
    kind: 'infeasible',
    words: 'Infeasible: no room',
  });
  assert.deepEqual(delayOf(condition('PodResizeInProgress', { reason: 'Error', message })), {
    kind: 'fails',
    words: 'Error: no room',
  });
  assert.equal(delayOf(condition('PodResizeInProgress', {}))?.words, 'its node is at it');
  assert.equal(delayOf({ ...condition('PodResizePending', {}), status: 'False' }), undefined);
});

test('what it says of an earlier wish says nothing of this one', () => {
  const reason = 'Infeasible';
  const delayAt = (observedGeneration?: number) => {
    const conditions = [condition('PodResizePending', { reason, observedGeneration })];
    return podResources(podWith({ conditions }))?.delay?.kind;
  };
  assert.equal(delayAt(3), undefined);
  assert.equal(delayAt(4), 'infeasible');
  assert.equal(delayAt(), 'infeasible');
});

test('a class is Guaranteed by processors and memory both, however they are written', () => {
  const limits = { cpu: '1', memory: '1Gi' };
  assert.ok(isGuaranteed({ requests: { cpu: '1000m', memory: '1024Mi' }, limits }));
  for (const requests of [{}, { cpu: '1' }, { cpu: '1', memory: '1G' }])
    assert.ok(!isGuaranteed({ requests, limits }));
  assert.ok(!isGuaranteed({ requests: limits, limits: { memory: '1Gi' } }));
});

test('amounts are compared, not their texts, and each that differs is named', () => {
  const one = { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1024Mi' } };
  assert.ok(sameResources(one, { requests: { cpu: '0.1', memory: '1024Mi' }, limits: { memory: '1Gi' } }));
  assert.deepEqual(
    changesBetween(one, { requests: { memory: '1Gi' }, limits: { memory: '2Gi', cpu: '1' } }),
    ['requests.cpu from 100m to none', 'limits.cpu from none to 1', 'limits.memory from 1024Mi to 2Gi'],
  );
});
