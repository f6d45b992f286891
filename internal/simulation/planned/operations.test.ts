import assert from 'node:assert/strict';
import { test } from 'node:test';
import { players } from '../players.fixture.ts';
import type { Repertoire } from '../repertoire.ts';

const stories = 6;

/** What the user asks for, and the step that the operator takes for it. */
const themes: Readonly<Record<string, readonly [Parameters<Repertoire['operation']>[1], string]>> = {
  restarts: ['restarting', 'update'],
  'restarts of what keeps nothing': ['forgetting', 'update'],
  'changes of scale': ['scaling', 'scaleDown'],
  hibernation: ['sleeping', 'hibernate'],
  'managers replaced in place': ['upgrading', 'upgrade'],
  'pods resized in place': ['resizing', 'resize'],
  'pods that some nodes cannot resize': ['resizingHere', 'update'],
  'an API server that resizes no pods': ['resizingNowhere', 'update'],
};

for (const [what, [theme, step]] of Object.entries(themes)) {
  test(`no rule is broken in ${stories} stories of ${what} among faults, and every cluster is as wanted after them`, async () => {
    const broken: string[] = [];
    let steps = 0;
    for (let seed = 1; seed <= stories; seed += 1) {
      const story = await players.play('operation', seed, theme);
      if (story.broken !== undefined) broken.push(`seed ${seed}: ${story.broken}`);
      assert.ok(story.acknowledged > 0, `seed ${seed} has no writes`);
      steps += story.told.filter(({ text }) => text.includes(`: ${step}, `)).length;
    }
    assert.deepEqual(broken, []);
    assert.ok(steps > stories / 2, `${steps} steps were taken`);
  });
}
