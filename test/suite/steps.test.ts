import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { test } from 'node:test';
import { engines } from '../cluster/engines/engines.ts';
import { allStages, type Stage, type Step } from './steps.ts';

function stepsOf(stage: Stage): readonly Step[] {
  if ('lanes' in stage) return stage.lanes.flatMap(({ steps }) => steps);
  if ('afterAll' in stage) return stage.afterAll.flatMap(({ steps }) => steps);
  return 'beside' in stage ? [stage.beside] : [stage];
}

const steps = allStages(engines).flatMap(stepsOf);

test('no test file is left out', () => {
  const globs = steps.flatMap((step) => (step.kind === 'tests' ? step.files : []));
  const files = globSync('{api,build,cmd,internal,test,webhooks}/**/*.test.ts');
  assert.ok(files.length > 100);
  const left = files.filter((file) => !globs.some((glob) => file === glob || matchesGlob(file, glob)));
  assert.deepEqual(left, []);
});

test('no two steps have the same name', () => {
  const names = steps.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
});
