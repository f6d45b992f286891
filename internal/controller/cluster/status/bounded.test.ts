import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounded } from './bounded.ts';

test('words are no longer than the schema takes them, and have no half of a character at the cut', () => {
  assert.equal(bounded('short'), 'short');
  const cut = bounded(`${'x'.repeat(1023)}\u{1F600}${'y'.repeat(100)}`);
  assert.equal(cut.length, 1024);
  assert.ok(cut.isWellFormed());
});
