import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutants } from './mutants.ts';
import { players } from './players.fixture.ts';

for (const [number, { name }] of mutants.entries()) {
  test(`a story catches it when ${name}`, async () => {
    assert.notEqual((await players.play('mutant', number, true)).broken, undefined);
    assert.equal(
      (await players.play('mutant', number, false)).broken,
      undefined,
      'without the change all is well',
    );
  });
}
