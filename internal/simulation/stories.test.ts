import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { playSeeds } from './players.ts';
import { regressions } from './regressions.ts';
import { play } from './story.ts';

/** Enough to meet each kind of fault in many company; test/stories/run.ts plays any number. */
const stories = 2_000;

test('a seed replays bit for bit', async () => {
  const [first, second] = [await play(7), await play(7)];
  assert.equal(first.fingerprint, second.fingerprint);
  assert.deepEqual(first.told, second.told);
  assert.notEqual(first.fingerprint, (await play(8)).fingerprint);
});

test(`no rule is broken in ${stories} stories of faults, and every cluster is whole after them`, async () => {
  const broken: string[] = [];
  await playSeeds({ first: 1, count: stories }, availableParallelism(), (outcome) => {
    if (outcome.broken !== undefined) broken.push(`seed ${outcome.seed}: ${outcome.broken}`);
    else if (outcome.acknowledged === 0) broken.push(`seed ${outcome.seed} has no writes`);
  });
  assert.deepEqual(broken, []);
});

for (const { seed, theme, was } of regressions) {
  test(`seed ${seed} goes well again: ${was}`, async () => {
    assert.equal((await play(seed, {}, theme)).broken?.message, undefined);
  });
}
