import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regressions } from './regressions.ts';
import { play } from './story.ts';

/** Enough to meet each kind of fault in many company; test/stories/run.ts plays any number. */
const stories = 200;

test('a seed replays bit for bit', async () => {
  const [first, second] = [await play(7), await play(7)];
  assert.equal(first.fingerprint, second.fingerprint);
  assert.deepEqual(first.told, second.told);
  assert.notEqual(first.fingerprint, (await play(8)).fingerprint);
});

test(`no rule is broken in ${stories} stories of faults, and every cluster is whole after them`, async () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= stories; seed += 1) {
    const story = await play(seed);
    if (story.broken !== undefined) broken.push(`seed ${seed}: ${story.broken.message}`);
    assert.ok(story.acknowledged > 0, `seed ${seed} has no writes`);
  }
  assert.deepEqual(broken, []);
});

for (const { seed, was } of regressions) {
  test(`seed ${seed} goes well again: ${was}`, async () => {
    assert.equal((await play(seed)).broken?.message, undefined);
  });
}
