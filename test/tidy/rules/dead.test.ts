import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { noDeadExports, noDeadFiles } from './dead.ts';

const main = 'cmd/manager/main.ts';

test('a file that the program does not reach is dead, though a test imports it', () => {
  const repository = sample({
    [main]: "import '../../internal/a.ts';",
    'internal/a.ts': '',
    'internal/b.ts': '',
    'internal/b.test.ts': "import './b.ts';",
  });
  assert.match(noDeadFiles(repository).join(), /^internal\/b\.ts is no part of the program/);
});

test('what is reached on demand, for a type, or by the build is alive', () => {
  const repository = sample({
    [main]: "await import('../../internal/a.ts');",
    'internal/a.ts': "import type { B } from './b.ts';",
    'internal/b.ts': '',
    'internal/c.ts': '',
    'build/binary/bundle.ts': "bundle('c', 'internal/c.ts');",
  });
  assert.deepEqual(noDeadFiles(repository), []);
});

test('a helper of tests needs a test that imports it', () => {
  const unused = sample({ [main]: '', 'internal/view.fixture.ts': '', 'internal/simulation/world.ts': '' });
  assert.equal(noDeadFiles(unused).length, 2);
  const used = sample({
    [main]: '',
    'internal/view.fixture.ts': '',
    'internal/simulation/world.ts': '',
    'internal/a.test.ts': "import './view.fixture.ts'; import './simulation/world.ts';",
  });
  assert.deepEqual(noDeadFiles(used), []);
});

const exportsOf = (texts: Readonly<Record<string, string>>): string =>
  noDeadExports(sample(texts)).join('\n');

test('a name that no other file takes is told, with what to do', () => {
  assert.match(exportsOf({ 'internal/a.ts': 'export const one = 1;' }), /a\.ts exports one, .*: remove it$/);
  assert.match(
    exportsOf({
      'internal/a.ts': 'export const one = 1;\nexport const two = one;',
      'b.ts': "import { two } from './internal/a.ts';",
    }),
    /a\.ts exports one, .*: keep it to the file$/,
  );
  assert.match(exportsOf({ 'internal/a.ts': 'export interface One {}' }), /exports One/);
  const sameName = { 'internal/a.ts': 'export const one = 1;', 'internal/b.ts': 'const one = 2;' };
  assert.match(exportsOf(sameName), /a\.ts exports one/, 'another thing of that name is no use of it');
});

test('a name that another file, a test or a user of the whole module takes is alive', () => {
  const text = 'export const one = 1;';
  assert.equal(
    exportsOf({ 'internal/a.ts': text, 'internal/a.test.ts': "import { one } from './a.ts';" }),
    '',
  );
  assert.equal(
    exportsOf({ 'internal/a.ts': text, 'cmd/b.ts': "const { one } = await import('../internal/a.ts');" }),
    '',
  );
  assert.match(
    exportsOf({ 'internal/a.ts': text, 'cmd/b.ts': "await import('../internal/a.ts');" }),
    /exports one/,
  );
});

test('a type that another export mentions may be named by its users', () => {
  const text = 'export interface One {}\nexport const two = (one: One): One => one;';
  assert.equal(exportsOf({ 'internal/a.ts': text, 'b.ts': "import { two } from './internal/a.ts';" }), '');
});
