import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, test } from 'node:test';
import { engines } from '../cluster/engines/engines.ts';
import { allStages, onlyIn, type Stage, type Step } from './steps.ts';

const stepsOf = (stage: Stage): readonly Step[] =>
  'lanes' in stage ? stage.lanes.flatMap((lane) => lane.flatMap(({ steps }) => steps)) : [stage];

for (const mayBeSeveral of [true, false]) {
  describe(`with ${mayBeSeveral ? 'several clusters' : 'one cluster'}`, () => {
    const steps = allStages(engines, mayBeSeveral).flatMap(stepsOf);

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
  });
}

test('a step is run again with the files that are known, or else as a whole', () => {
  const step: Step = { kind: 'tests', name: 'three', files: ['a.test.ts', 'b.test.ts'], place: 'machine' };
  assert.deepEqual(onlyIn(['/x/b.test.ts'], step), { ...step, files: ['/x/b.test.ts'] });
  assert.equal(onlyIn(['/x/b.test.ts', '/x/lent.ts'], step), step);
  assert.equal(onlyIn([], step), step);
});
