import assert from 'node:assert/strict';
import { test } from 'node:test';
import { players } from '../players.fixture.ts';
import type { RetoldPlanned } from '../repertoire.ts';
import { plannedMutants } from './mutants.ts';
import { nobodyIsAnswered } from './themes.ts';

/** The rule that was broken, what ledger A lacks, or that the cluster served nobody. */
function wrongIn({ story, lost }: RetoldPlanned): string | undefined {
  if (story.broken !== undefined) return story.broken;
  if (lost.length > 0) return `${lost.length} writes that were answered OK are lost`;
  return story.told.find(({ text }) => text === nobodyIsAnswered)?.text;
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

test('a primary that released its term to nobody goes on when the release lapses', async () => {
  const told = await players.play('planned', 1, 'abandoned');
  assert.equal(wrongIn(told), undefined);
  // Once before its operator ends; what was asked for may be carried out when another comes.
  assert.ok(told.handedOver >= 1, 'it never released its term');
});

for (const [number, { name }] of plannedMutants.entries()) {
  test(`a story catches it when ${name}`, async () => {
    assert.notEqual(wrongIn(await players.play('plannedMutant', number, true)), undefined);
    const unchanged = await players.play('plannedMutant', number, false);
    assert.equal(wrongIn(unchanged), undefined, 'without the change all is well');
  });
}
