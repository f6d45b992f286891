import assert from 'node:assert/strict';
import { test } from 'node:test';
import { players } from '../players.fixture.ts';

const unheard = {
  nobody: [],
  'the API server': ['control-plane'],
  'API server and operator': ['control-plane', 'operator-0-node'],
};

for (const [what, nodes] of Object.entries(unheard)) {
  test(`one becomes two without a second writer, whose primary does not hear ${what}`, async () => {
    const story = await players.play('growth', 1, nodes);
    assert.equal(story.broken, undefined);
    const joined = story.told.find(({ text }) => text.startsWith('shop-1 starts'))?.at ?? 0;
    const healed = story.told.find(({ text }) => text === 'everything is made whole')?.at ?? 0;
    assert.equal(joined > healed, nodes.length > 0, `it joins at ${joined}`);
  });
}

test('one becomes two without a moment in which nothing is written', async () => {
  const story = await players.play('growth', 1, []);
  const cutOff = story.told.find(({ text }) => text.includes('is cut off from everybody'))?.at ?? 0;
  const stopped = story.told.filter(({ at, text }) => at < cutOff && text.includes('taking no writes'));
  assert.deepEqual(stopped, []);
});

test('no rule is broken in stories of growth in which the operator dies too', async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const story = await players.play('growth', seed, seed % 2 === 0 ? ['control-plane'] : [], {
      operators: 2,
      faults: ['crash operator', 'operator dies after an effect', 'watch gap', 'cut operator'],
    });
    assert.equal(story.broken, undefined, `seed ${seed}`);
  }
});
