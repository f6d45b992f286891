import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutants } from './mutants.ts';
import { play } from './story.ts';

for (const { name, changes, theme, seed } of mutants) {
  test(`a story catches it when ${name}`, async () => {
    assert.notEqual((await play(seed, changes, theme)).broken, undefined);
    assert.equal((await play(seed, {}, theme)).broken?.message, undefined, 'without the change all is well');
  });
}
