import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { players } from './players.fixture.ts';
import { tales } from './tales.ts';

/** UPDATE_GOLDEN=1 writes them anew, to be read before they are committed. */
const update = process.env['UPDATE_GOLDEN'] === '1';

for (const [number, tale] of tales.entries()) {
  test(`the story goes as it is written down: ${tale.name}`, async () => {
    const file = new URL(`./tales/${tale.name.replaceAll(/[^a-z]+/gi, '-')}.golden`, import.meta.url);
    const told = await players.play('tale', number);
    if (update) await writeFile(file, told);
    assert.equal(told, await readFile(file, 'utf8'));
    assert.match(told, /all is well\n$/);
  });
}
