import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { isPure, pureCodeIsPure } from './purity.ts';

const pure = 'internal/controller/cluster/healing/decide.ts';
const problemsOf = (text: string, path = pure): readonly string[] => pureCodeIsPure(sample({ [path]: text }));

test('whatever touches the world in pure code is named with its line', () => {
  const touches = [
    'await one();',
    'export async function one() {}',
    'Date.now();',
    'new Date();',
    'Date();',
    'performance.now();',
    'Math.random();',
    'setTimeout(one, 1);',
    'AbortSignal.timeout(1);',
    'crypto.randomUUID();',
    "console.log('a');",
    "fetch('a');",
    "process.env['A'];",
    'process.exit(1);',
    'globalThis;',
  ];
  for (const touch of touches) {
    const problems = problemsOf(`// A comment.\n${touch}\n`);
    assert.ok(problems.length > 0, touch);
    assert.match(problems[0] ?? '', /decide\.ts:2 .*: pure code /, touch);
  }
});

test('a time that is given, a field named like the process and words in texts are no touch', () => {
  const fine = [
    'new Date(at).toISOString();',
    "facts.process.exit('a');",
    'const { process } = facts; process.pid;',
    "const text = 'await Date.now()'; // setTimeout",
    'const awaiting = 1;',
  ];
  for (const text of fine) assert.deepEqual(problemsOf(text), [], text);
});

test('pure code imports neither Node nor packages nor what acts', () => {
  const wrong = [
    "import { isDeepStrictEqual } from 'node:util';",
    "import { pino } from 'pino';",
    "import * as z from 'zod/mini';",
    "import { Pod } from 'kubernetes-types/core/v1.d.ts';",
    "import { heal } from '../act.ts';",
    "import type { Kube } from '../../../kube/kube.ts';",
    "import { Ports } from '../ports.ts';",
  ];
  for (const text of wrong) assert.match(problemsOf(text).join(), /imports .*: pure code imports only/, text);
});

test('pure code imports pure code, the API, units, errors, and types of ports and of Kubernetes', () => {
  const right = [
    "import type { ClusterView } from '../view.ts';",
    "import { podName } from '../../../../api/v1/names.ts';",
    "import { seconds } from '../../../time/units.ts';",
    "import { invariant } from '../../../errors.ts';",
    "import type { InstanceReport } from '../../../control/protocol.ts';",
    "import type { Happening } from '../ports.ts';",
    "import type { Pod } from 'kubernetes-types/core/v1.d.ts';",
  ];
  for (const text of right) assert.deepEqual(problemsOf(text), [], text);
  assert.deepEqual(problemsOf("import * as z from 'zod/mini';", 'api/v1/a.ts'), []);
});

test('a new folder below a controller is pure until it is said to act', () => {
  assert.ok(isPure('internal/controller/backup/schedule/decide.ts'));
  assert.ok(isPure('internal/controller/cluster/apply/differs.ts'));
  assert.ok(!isPure('internal/controller/cluster/apply/apply-objects.ts'));
  assert.ok(!isPure('internal/controller/cluster/instances/links.ts'));
  assert.ok(!isPure('internal/controller/cluster/observe.ts'));
});
