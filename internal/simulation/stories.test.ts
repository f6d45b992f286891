import assert from 'node:assert/strict';
import { test } from 'node:test';
import { players } from './players.fixture.ts';
import { playSeeds } from './players.ts';
import { regressions } from './regressions.ts';

/** Enough to meet each kind of fault in many company; test/stories/run.ts plays any number. */
const stories = 400;

test('a seed replays bit for bit', async () => {
  const [first, second] = [await players.play('wholeSeed', 7), await players.play('wholeSeed', 7)];
  assert.equal(first.fingerprint, second.fingerprint);
  assert.deepEqual(first.told, second.told);
  assert.notEqual(first.fingerprint, (await players.play('wholeSeed', 8)).fingerprint);
});

test(`no rule is broken in ${stories} stories of faults, and every cluster is whole after them`, async () => {
  const broken: string[] = [];
  await playSeeds({ first: 1, count: stories }, players, (seed, outcome) => {
    if (outcome.broken !== undefined) broken.push(`seed ${seed}: ${outcome.broken}`);
    else if (outcome.acknowledged === 0) broken.push(`seed ${seed} has no writes`);
  });
  assert.deepEqual(broken, []);
});

for (const [number, { seed, was }] of regressions.entries()) {
  test(`seed ${seed} goes well again: ${was}`, async () => {
    assert.equal((await players.play('regression', number)).broken, undefined);
  });
}
