import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesOf, isUnreadable, podsOf, tenureOf } from './tenure.ts';

test('the tenure is read from the status', () => {
  assert.deepEqual(tenureOf({ term: 3, targetPrimary: 'a-0' }), { term: 3, primary: 'a-0', fenced: false });
});

test('a status that makes no sense gives no orders', () => {
  for (const status of [
    undefined,
    null,
    'x',
    7,
    [],
    {},
    { term: 1 },
    { targetPrimary: 'a-0' },
    { term: 0, targetPrimary: 'a-0' },
    { term: '1', targetPrimary: 'a-0' },
    { term: 1.5, targetPrimary: 'a-0' },
    { term: 1, targetPrimary: '' },
    { term: 1, targetPrimary: ['a-0'] },
  ]) {
    assert.equal(tenureOf(status), undefined, JSON.stringify(status));
  }
});

test('half a tenure, or one of nonsense, is told from none', () => {
  for (const status of [undefined, null, 'x', [], {}, { phase: 'Creating' }])
    assert.equal(isUnreadable(status), false, JSON.stringify(status));
  assert.equal(isUnreadable({ term: 3, targetPrimary: 'a-0' }), false);
  for (const status of [{ term: 1 }, { targetPrimary: 'a-0' }, { term: 'seven', targetPrimary: 'a-0' }])
    assert.equal(isUnreadable(status), true, JSON.stringify(status));
});

test('whatever stands where a fence would stand is a fence', () => {
  for (const primaryFencedSince of ['2026-01-01T00:00:00Z', 'soon', '', 0, false, {}]) {
    assert.equal(tenureOf({ term: 1, targetPrimary: 'a-0', primaryFencedSince })?.fenced, true);
  }
  assert.equal(tenureOf({ term: 1, targetPrimary: 'a-0', primaryFencedSince: null })?.fenced, false);
});

test('addresses are those that are text; pods are all that are named', () => {
  const status = {
    instancesStatus: { 'a-0': { ip: '10.0.0.1' }, 'a-1': { ip: 7 }, 'a-2': null, 'a-3': { ip: '' } },
  };
  assert.deepEqual([...addressesOf(status)], [['a-0', '10.0.0.1']]);
  assert.deepEqual(podsOf(status), ['a-0', 'a-1', 'a-2', 'a-3']);
});
