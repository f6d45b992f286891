import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOf, packageOf, readSource } from './source.ts';

const importsOf = (text: string): readonly unknown[] =>
  readSource({ path: 'internal/a/b.ts', text }).imports.map(({ kind, specifier, names }) => [
    kind,
    specifier,
    ...names,
  ]);

test('every way to import is seen, with what is taken', () => {
  assert.deepEqual(importsOf("import { a, type B as C } from './c.ts';"), [['static', './c.ts', 'a', 'B']]);
  assert.deepEqual(importsOf("import type {\n  A,\n} from './c.ts';"), [['type', './c.ts', 'A']]);
  assert.deepEqual(importsOf("import * as z from 'zod/mini';"), [['static', 'zod/mini', '*']]);
  assert.deepEqual(importsOf("import d, { e } from 'f';"), [['static', 'f', 'default', 'e']]);
  assert.deepEqual(importsOf("import './c.ts';"), [['static', './c.ts']]);
  assert.deepEqual(importsOf("export { a as b } from './c.ts';"), [['static', './c.ts', 'a']]);
  assert.deepEqual(importsOf("const c = await import('./c.ts');"), [['dynamic', './c.ts', '*']]);
  assert.deepEqual(importsOf("type C = typeof import('./c.ts');"), [['type', './c.ts', '*']]);
});

test('an import in a string or in a comment is none', () => {
  assert.deepEqual(importsOf('const text = "import { a } from \'./c.ts\';";'), []);
  assert.deepEqual(importsOf("// import { a } from './c.ts';\nexport const from = 1;"), []);
});

test('what is imported of ours has a path, a package has a name', () => {
  const { imports } = readSource({
    path: 'internal/a/b.ts',
    text: "import { a } from '../../api/v1/names.ts';\nimport * as z from 'zod/mini';\nimport '@x/y/z';\nimport 'node:fs';",
  });
  assert.deepEqual(
    imports.map((one) => [one.path, packageOf(one)]),
    [
      ['api/v1/names.ts', undefined],
      [undefined, 'zod'],
      [undefined, '@x/y'],
      [undefined, undefined],
    ],
  );
});

test('every way to export is seen', () => {
  const text = `export const a = 1;
export async function b() {}
export function* c() {}
export type D = string;
export interface E {}
export class F {}
export { g, h as i };
export default 1;
const notExported = 'export const j = 1';`;
  assert.deepEqual(readSource({ path: 'a.ts', text }).exports, [
    'a',
    'b',
    'c',
    'D',
    'E',
    'F',
    'g',
    'i',
    'default',
  ]);
});

test('lines are counted from 1', () => {
  assert.equal(lineOf('a\nb', 0), 1);
  assert.equal(lineOf('a\nb', 2), 2);
});
