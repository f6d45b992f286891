import assert from 'node:assert/strict';
import { test } from 'node:test';
import { players } from '../players.fixture.ts';
import type { RetoldPlanned } from '../repertoire.ts';
import { plannedMutants } from './mutants.ts';

/** The rule that was broken, or what ledger A lacks. */
function wrongIn({ story, lost }: RetoldPlanned): string | undefined {
  if (story.broken !== undefined) return story.broken;
  return lost.length > 0 ? `${lost.length} writes that were answered OK are lost` : undefined;
}

for (const theme of ['calm', 'counted'] as const) {
  test(`switchovers in every way lose nothing that was answered OK (${theme})`, async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const told = await players.play('planned', seed, theme);
      assert.equal(wrongIn(told), undefined, `seed ${seed}`);
      assert.ok(told.handedOver >= 2, `seed ${seed} has ${told.handedOver} switchovers`);
    }
  });
}

for (const theme of ['stormy', 'stormyCounted', 'interrupted'] as const) {
  test(`switchovers among faults break no rule (${theme})`, async () => {
    const broken: string[] = [];
    let handedOver = 0;
    for (let seed = 1; seed <= 12; seed += 1) {
      const told = await players.play('planned', seed, theme);
      handedOver += told.handedOver;
      if (told.story.broken !== undefined) broken.push(`seed ${seed}: ${told.story.broken}`);
    }
    assert.deepEqual(broken, []);
    assert.ok(handedOver > 8, `only ${handedOver} switchovers`);
  });
}

test('a hand-over whose operator dies once the term is released is completed by the next one, and nothing is lost', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const told = await players.play('planned', seed, 'orphaned');
    assert.equal(wrongIn(told), undefined, `seed ${seed}`);
    assert.ok(told.handedOver >= 1, `seed ${seed} has no switchover`);
  }
});

test('a primary that dies when its successor leads unseen is replaced by nobody else too soon', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const told = await players.play('planned', seed, 'bereaved');
    assert.equal(told.story.broken, undefined, `seed ${seed}`);
    assert.ok(told.handedOver >= 1, `seed ${seed} has no switchover`);
  }
});

for (const [number, { name }] of plannedMutants.entries()) {
  test(`a story catches it when ${name}`, async () => {
    const unchanged = await players.play('plannedMutant', number, false);
    assert.equal(unchanged.story.broken, undefined, 'without the change all is well');
    const changed = await players.play('plannedMutant', number, true);
    // What is lost either way is lost with a primary that dies.
    assert.ok(changed.story.broken !== undefined || changed.lost.length > unchanged.lost.length);
  });
}
