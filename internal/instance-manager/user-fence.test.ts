import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { atBoot, type ClusterFacts, createFactsCell } from './facts.ts';
import { fencedPodsIn, isFenced, keepFenced, untilNotFenced } from './user-fence.ts';

test('the annotation is a JSON array of names; anything else is unreadable, and none is nobody', () => {
  assert.deepEqual(fencedPodsIn(undefined), []);
  assert.deepEqual(fencedPodsIn('[]'), []);
  assert.deepEqual(fencedPodsIn('["orders-0","*"]'), ['orders-0', '*']);
  assert.deepEqual(fencedPodsIn(' '), []);
  for (const text of ['orders-0', '{}', '"orders-0"', '[1]', '[null]', 'null', '["orders-0"'])
    assert.equal(fencedPodsIn(text), 'unreadable', text);
});

test('a pod is fenced by its name or with all others; what cannot be read changes nothing', () => {
  for (const before of [true, false]) {
    assert.equal(isFenced('orders-0', ['orders-0'], before), true);
    assert.equal(isFenced('orders-0', ['*'], before), true);
    assert.equal(isFenced('orders-0', ['orders-1'], before), false);
    assert.equal(isFenced('orders-0', [], before), false);
    assert.equal(isFenced('orders-0', 'unreadable', before), before);
  }
});

test('what cannot be read stops nobody who runs, and lets nobody start', () => {
  const cell = createFactsCell(atBoot({ kind: 'absent' }, false, moment(0)));
  keepFenced('orders-0', cell);
  const hear = (fencedPods: ClusterFacts['fencedPods']): boolean => {
    cell.change({ cluster: { fencedPods } as ClusterFacts });
    return cell.current.fencedByUser;
  };
  assert.equal(hear('unreadable'), true, 'it may have been fenced before its manager started');
  assert.equal(hear([]), false);
  assert.equal(hear('unreadable'), false);
  assert.equal(hear(['orders-0']), true);
  assert.equal(hear('unreadable'), true);
  assert.equal(hear([]), false);
});

test('one that may run and is fenced again in the same moment does not start', async () => {
  const cell = createFactsCell(atBoot({ kind: 'absent' }, false, moment(0)));
  keepFenced('orders-0', cell);
  const hear = (fencedPods: ClusterFacts['fencedPods']): void =>
    cell.change({ cluster: { fencedPods } as ClusterFacts });
  hear(['orders-0']);
  let mayStart = false;
  const waiting = untilNotFenced(cell, new AbortController().signal).then(() => {
    mayStart = true;
  });
  hear([]);
  hear(['orders-0']);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(mayStart, false);
  hear([]);
  await waiting;
});
