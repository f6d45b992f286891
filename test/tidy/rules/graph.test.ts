import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { readRepository } from '../reading/repository.ts';
import { sample } from '../reading/sample.fixture.ts';
import { reach } from './graph.ts';

const root = join(import.meta.dirname, '../../..');

test('what is reached is told with a shortest way to it, by the kinds of import that are asked for', () => {
  const { sources } = sample({
    'a.ts': "import './b.ts'; import type { C } from './c.ts';",
    'b.ts': "import './a.ts'; const d = import('./d.ts');",
    'c.ts': '',
    'd.ts': '',
  });
  assert.deepEqual(
    [...reach(sources, ['a.ts'], ['static'])],
    [
      ['a.ts', ['a.ts']],
      ['b.ts', ['a.ts', 'b.ts']],
    ],
  );
  assert.deepEqual(reach(sources, ['a.ts'], ['static', 'dynamic']).get('d.ts'), ['a.ts', 'b.ts', 'd.ts']);
  assert.ok(reach(sources, ['a.ts'], ['static', 'type']).has('c.ts'));
});

test('the imports that we read are those that the bundler follows, at run time and on demand', async () => {
  const bundle = await build({
    absWorkingDir: root,
    entryPoints: ['cmd/manager/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  const { sources } = readRepository(root);
  const ours = reach(sources, ['cmd/manager/main.ts'], ['static', 'dynamic']);
  assert.deepEqual([...ours.keys()].sort(), Object.keys(bundle.metafile.inputs).sort());
  for (const [path, { imports }] of Object.entries(bundle.metafile.inputs)) {
    const theirs = imports
      .filter(({ external }) => external !== true)
      .map((one) => `${one.kind === 'dynamic-import' ? 'dynamic' : 'static'} ${one.path}`);
    const read = (sources.find((source) => source.path === path)?.imports ?? [])
      .filter((one) => one.path !== undefined && one.kind !== 'type')
      .map((one) => `${one.kind} ${one.path}`);
    assert.deepEqual([...new Set(read)].sort(), [...new Set(theirs)].sort(), path);
  }
});
