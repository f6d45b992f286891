import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import {
  dependenciesArePinned,
  dependenciesAreUsed,
  dependenciesHaveReasons,
  importsAreDeclared,
} from './dependencies.ts';

type Versions = Readonly<Record<string, string>>;
const manifest = (dependencies: Versions, devDependencies: Versions): Versions => ({
  'package.json': JSON.stringify({ dependencies, devDependencies }),
});

test('a version that could become another is named', () => {
  for (const version of ['^1.2.3', '~1.2.3', '1.2', '1.x', '*', 'latest', 'git+ssh://a']) {
    const repository = sample(manifest({ pino: version }, {}));
    assert.match(dependenciesArePinned(repository).join(), /pino .*: pin it to one version/, version);
  }
  assert.deepEqual(dependenciesArePinned(sample(manifest({ pino: '1.2.3' }, { yaml: '2.0.0-rc.1' }))), []);
});

test('a package that nothing imports and no script calls is named', () => {
  const declared = manifest({ pino: '1.0.0' }, { typescript: '1.0.0' });
  assert.equal(dependenciesAreUsed(sample(declared)).length, 2);
  const used = { 'internal/log/a.ts': "import { pino } from 'pino';", Makefile: 'node_modules/.bin/tsc' };
  assert.deepEqual(dependenciesAreUsed(sample({ ...declared, ...used })), []);
});

test('what is in the binary and what is not are declared apart', () => {
  const code = {
    'internal/log/a.ts':
      "import { pino } from 'pino'; import type { Pod } from 'kubernetes-types/core/v1.d.ts';",
    'test/b.ts': "import { parse } from 'yaml';",
  };
  const right = manifest({ pino: '1.0.0' }, { yaml: '1.0.0', 'kubernetes-types': '1.0.0' });
  assert.deepEqual(importsAreDeclared(sample({ ...code, ...right })), []);
  const swapped = manifest({ yaml: '1.0.0' }, { pino: '1.0.0' });
  const problems = importsAreDeclared(sample({ ...code, ...swapped })).join('\n');
  assert.match(problems, /the binary has pino in it: it belongs to the dependencies/);
  assert.match(problems, /yaml is not in the binary: it belongs to the devDependencies/);
  assert.match(problems, /kubernetes-types is not in the binary/);
});

test('a package without a reason, and a reason without its package, are named', () => {
  const repository = sample({
    ...manifest({ pino: '1.0.0' }, {}),
    'docs/dependencies.md': '| package | for |\n|---|---|\n| `yaml` | manifests |\n',
  });
  const problems = dependenciesHaveReasons(repository).join('\n');
  assert.match(problems, /does not say why there is pino/);
  assert.match(problems, /explains yaml, which package\.json does not have/);
  const reason = { 'docs/dependencies.md': '| `pino` | logs |\n' };
  assert.deepEqual(dependenciesHaveReasons(sample({ ...manifest({ pino: '1.0.0' }, {}), ...reason })), []);
});
