import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play, type Theme } from '../story.ts';
import { forgetting, resizing, restarting, scaling, sleeping, upgrading } from './operations.ts';

const stories = 6;

/** What the user asks for, and the step that the operator takes for it. */
const themes: Readonly<Record<string, readonly [Theme, string]>> = {
  restarts: [restarting, 'update'],
  'restarts of what keeps nothing': [forgetting, 'update'],
  'changes of scale': [scaling, 'scaleDown'],
  hibernation: [sleeping, 'hibernate'],
  'managers replaced in place': [upgrading, 'upgrade'],
  'pods resized in place': [resizing(['carriedOut', 'deferred']), 'resize'],
  'pods that some nodes cannot resize': [resizing(['carriedOut', 'infeasible']), 'update'],
  'an API server that resizes no pods': [resizing([]), 'update'],
};

for (const [what, [theme, step]] of Object.entries(themes)) {
  test(`no rule is broken in ${stories} stories of ${what} among faults, and every cluster is as wanted after them`, async () => {
    const broken: string[] = [];
    let steps = 0;
    for (let seed = 1; seed <= stories; seed += 1) {
      const story = await play(seed, {}, theme);
      if (story.broken !== undefined) broken.push(`seed ${seed}: ${story.broken.message}`);
      assert.ok(story.acknowledged > 0, `seed ${seed} has no writes`);
      steps += story.told.filter(({ text }) => text.includes(`: ${step}, `)).length;
    }
    assert.deepEqual(broken, []);
    assert.ok(steps > stories / 2, `${steps} steps were taken`);
  });
}
