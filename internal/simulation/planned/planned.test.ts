import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedMutants } from './mutants.ts';
import * as themes from './themes.ts';
import { type PlannedStory, playPlanned } from './themes.ts';

/** The rule that was broken, what ledger A lacks, or that the cluster served nobody. */
function wrongIn({ story, lost }: PlannedStory): string | undefined {
  if (story.broken !== undefined) return story.broken.message;
  if (lost.length > 0) return `${lost.length} writes that were answered OK are lost`;
  return story.told.find(({ text }) => text === themes.nobodyIsAnswered)?.text;
}

for (const [name, theme] of Object.entries({ calm: themes.calm, counted: themes.counted })) {
  test(`switchovers in every way lose nothing that was answered OK (${name})`, async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const told = await playPlanned(seed, theme);
      assert.equal(wrongIn(told), undefined, `seed ${seed}`);
      assert.ok(told.handedOver >= 2, `seed ${seed} has ${told.handedOver} switchovers`);
    }
  });
}

const { stormy, stormyCounted, interrupted } = themes;
for (const [name, theme] of Object.entries({ stormy, stormyCounted, interrupted })) {
  test(`switchovers among faults break no rule (${name})`, async () => {
    const broken: string[] = [];
    let handedOver = 0;
    for (let seed = 1; seed <= 8; seed += 1) {
      const told = await playPlanned(seed, theme);
      handedOver += told.handedOver;
      if (told.story.broken !== undefined) broken.push(`seed ${seed}: ${told.story.broken.message}`);
    }
    assert.deepEqual(broken, []);
    assert.ok(handedOver > 8, `only ${handedOver} switchovers`);
  });
}

test('a primary that released its term to nobody goes on when the release lapses', async () => {
  const told = await playPlanned(1, themes.abandoned);
  assert.equal(wrongIn(told), undefined);
  assert.equal(told.handedOver, 1);
});

for (const { name, changes, theme, seed } of plannedMutants) {
  test(`a story catches it when ${name}`, async () => {
    assert.notEqual(wrongIn(await playPlanned(seed, theme, changes)), undefined);
    assert.equal(wrongIn(await playPlanned(seed, theme)), undefined, 'without the change all is well');
  });
}
