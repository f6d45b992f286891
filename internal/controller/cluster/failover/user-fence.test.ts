import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barsPod, namesPod, parseUserFence } from './user-fence.ts';

test('without the annotation, and with an empty one, nobody is fenced', () => {
  for (const annotation of [undefined, '', ' ', '[]']) {
    const fence = parseUserFence(annotation);
    assert.deepEqual(
      [namesPod(fence, 'shop-0'), barsPod(fence, 'shop-0')],
      [false, false],
      String(annotation),
    );
  }
});

test('whom the user names is stopped and never appointed, for as long as the name stands there (I7)', () => {
  const fence = parseUserFence('["shop-0", "shop-2"]');
  assert.deepEqual(
    ['shop-0', 'shop-1', 'shop-2'].map((pod) => [namesPod(fence, pod), barsPod(fence, pod)]),
    [
      [true, true],
      [false, false],
      [true, true],
    ],
  );
});

test('a star names everybody, alone or among others', () => {
  for (const annotation of ['["*"]', '["shop-1","*"]']) {
    assert.ok(namesPod(parseUserFence(annotation), 'shop-0'), annotation);
  }
});

test('an annotation that cannot be read stops nobody, and nobody is appointed while it stands (I13)', () => {
  for (const annotation of [
    'shop-0',
    '{"shop-0":true}',
    '["shop-0"',
    '[1]',
    '"shop-0"',
    'null',
    '[["shop-0"]]',
  ]) {
    const fence = parseUserFence(annotation);
    assert.equal(fence.kind, 'unreadable', annotation);
    assert.deepEqual([namesPod(fence, 'shop-0'), barsPod(fence, 'shop-0')], [false, true], annotation);
  }
});
