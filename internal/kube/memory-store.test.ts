import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, keyText, MemoryStore } from './memory-store.ts';
import type { KubeObject } from './objects.ts';

const labelled = (name: string, cluster: string, namespace = 'shop'): KubeObject => ({
  metadata: { name, namespace, labels: { cluster } },
});
const byCluster = ({ metadata }: KubeObject): readonly string[] => Object.values(metadata.labels ?? {});
const namesOf = (objects: Iterable<KubeObject>): readonly string[] =>
  [...objects].map(({ metadata }) => metadata.name);

test('an object is found by its namespace and name, and by what the index says', () => {
  const store = new MemoryStore<KubeObject>(byCluster);
  const [one, other] = [labelled('a', 'orders'), labelled('a', 'orders', 'bank')];
  assert.equal(store.put(one), undefined);
  assert.equal(store.put(other), undefined);
  assert.equal(store.get({ namespace: 'shop', name: 'a' }), one);
  assert.equal(store.get({ namespace: 'bank', name: 'a' }), other);
  assert.equal(store.get({ namespace: undefined, name: 'a' }), undefined);
  assert.deepEqual(store.indexed('orders'), [one, other]);
});

test('an object that is put again takes the place of what it was, in the index too', () => {
  const store = new MemoryStore<KubeObject>(byCluster);
  const [before, now] = [labelled('a', 'orders'), labelled('a', 'carts')];
  store.put(before);
  assert.equal(store.put(now), before);
  assert.deepEqual([...store.all()], [now]);
  assert.deepEqual(store.indexed('orders'), []);
  assert.deepEqual(store.indexed('carts'), [now]);
});

test('an object that is removed is nowhere any more', () => {
  const store = new MemoryStore<KubeObject>(byCluster);
  store.put(labelled('a', 'orders'));
  store.put(labelled('b', 'orders'));
  assert.equal(store.remove({ namespace: 'shop', name: 'a' })?.metadata.name, 'a');
  assert.equal(store.remove({ namespace: 'shop', name: 'a' }), undefined);
  assert.deepEqual(namesOf(store.all()), ['b']);
  assert.deepEqual(namesOf(store.indexed('orders')), ['b']);
});

test('an object may be found by several values, or by none', () => {
  const store = new MemoryStore<KubeObject>(byCluster);
  store.put({ metadata: { name: 'two', labels: { a: 'x', b: 'y' } } });
  store.put({ metadata: { name: 'none' } });
  assert.deepEqual([namesOf(store.indexed('x')), namesOf(store.indexed('y'))], [['two'], ['two']]);
  assert.deepEqual(namesOf(store.all()), ['two', 'none']);
});

test('keys of different namespaces never meet', () => {
  const keys = [labelled('a', ''), labelled('a', '', 'bank'), { metadata: { name: 'a' } }]
    .map(keyOf)
    .map(keyText);
  assert.deepEqual(keys, ['shop/a', 'bank/a', '/a']);
});
