import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kept } from './kept.ts';

test('a result is made once, and again when anything that it was made from is another', () => {
  const made: string[] = [];
  const kept = new Kept<string>();
  const of = (...from: readonly unknown[]): string =>
    kept.of(from, () => {
      made.push(from.join());
      return from.join();
    });
  const [one, other] = [{}, {}];
  assert.equal(of(one, 1), of(one, 1));
  of(other, 1);
  of(other, 2);
  of(other);
  of(one, 1);
  assert.equal(made.length, 5);
});
