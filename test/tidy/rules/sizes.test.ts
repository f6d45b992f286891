import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { filesAreShort, mostFilesAreSmall, quantile } from './sizes.ts';

const lines = (count: number): string => 'a\n'.repeat(count);

test('a file of more than 400 lines is named, be it code, a test or a document', () => {
  const long = { 'internal/a.ts': lines(401), 'internal/a.test.ts': lines(401), 'docs/a.md': lines(401) };
  assert.equal(filesAreShort(sample(long)).length, 3);
  assert.match(filesAreShort(sample(long)).join(), /internal\/a\.ts has 401 lines: 400 are the most/);
  assert.deepEqual(
    filesAreShort(sample({ 'internal/a.ts': lines(400), 'config/crd/a.yaml': lines(900) })),
    [],
  );
});

test('it is told when half of the files have more than 90 lines, or a tenth more than 200', () => {
  const many = (sizes: readonly number[]): readonly string[] =>
    mostFilesAreSmall(
      sample(Object.fromEntries(sizes.map((size, at) => [`internal/${at}.ts`, lines(size)]))),
    );
  assert.deepEqual(many([10, 20, 90, 91, 200]), []);
  assert.match(many([10, 91, 92]).join(), /50 % of the product's files have up to 91 lines/);
  assert.match(many([10, 10, 10, 10, 10, 10, 10, 10, 201, 202]).join(), /90 % .* up to 201 lines/);
});

test('a quantile is the smallest number that so many do not exceed', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9), 9);
  assert.equal(quantile([], 0.5), 0);
});
