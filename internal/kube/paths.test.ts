import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectionPath, objectPath, selectionQuery } from './paths.ts';
import { leases, pods, redisClusters } from './resources.ts';

test('the core group lies below /api, every other below /apis', () => {
  assert.equal(collectionPath(pods, undefined), '/api/v1/pods');
  assert.equal(collectionPath(pods, 'shop'), '/api/v1/namespaces/shop/pods');
  assert.equal(collectionPath(leases, 'shop'), '/apis/coordination.k8s.io/v1/namespaces/shop/leases');
});

test('an object and its status have paths of their own', () => {
  const key = { namespace: 'shop', name: 'orders' };
  const path = '/apis/redis.io/v1/namespaces/shop/redisclusters/orders';
  assert.equal(objectPath(redisClusters, key, undefined), path);
  assert.equal(objectPath(redisClusters, key, 'status', { force: true }), `${path}/status?force=true`);
});

test('an object of no namespace has none in its path', () => {
  const nodes = { ...pods, plural: 'nodes', kind: 'Node', namespaced: false };
  assert.equal(objectPath(nodes, { namespace: undefined, name: 'one' }, undefined), '/api/v1/nodes/one');
});

test('what is asked for is escaped, and what is not asked for is left out', () => {
  const selection = { labelSelector: 'a in (b,c)', fieldSelector: 'metadata.name=x&y', namespace: undefined };
  const path = collectionPath(pods, undefined, {
    ...selectionQuery(selection),
    limit: 500,
    continue: undefined,
  });
  const query = new URL(path, 'https://127.0.0.1').searchParams;
  assert.deepEqual(Object.fromEntries(query), {
    labelSelector: 'a in (b,c)',
    fieldSelector: 'metadata.name=x&y',
    limit: '500',
  });
});

test('a name cannot lead out of its place', () => {
  const key = { namespace: 'a/b', name: '../secrets?watch=1' };
  assert.equal(objectPath(pods, key, undefined), '/api/v1/namespaces/a%2Fb/pods/..%2Fsecrets%3Fwatch%3D1');
});
