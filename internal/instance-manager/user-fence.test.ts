import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fencedPodsIn, isFenced } from './user-fence.ts';

test('the annotation is a JSON array of names; anything else is unreadable, and none is nobody', () => {
  assert.deepEqual(fencedPodsIn(undefined), []);
  assert.deepEqual(fencedPodsIn('[]'), []);
  assert.deepEqual(fencedPodsIn('["orders-0","*"]'), ['orders-0', '*']);
  for (const text of ['', 'orders-0', '{}', '"orders-0"', '[1]', '[null]', 'null', '["orders-0"'])
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
