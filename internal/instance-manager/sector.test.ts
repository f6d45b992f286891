import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealed, sectorLength, unsealed } from './sector.ts';

const before = sealed('{"term":7,"role":"primary"}');
const after = sealed('{"term":12,"role":"replica","led":7}');

test('what is sealed is as long as a sector, and reads back', () => {
  for (const line of ['', '{"term":1}', 'ä'.repeat(200)]) {
    assert.equal(Buffer.byteLength(sealed(line)), sectorLength);
    assert.equal(unsealed(sealed(line)), line);
  }
});

test('half of one and half of another is neither, wherever the cut is', () => {
  for (let cut = 1; cut < sectorLength; cut += 1) {
    const torn = after.slice(0, cut) + before.slice(cut);
    if (torn !== before && torn !== after) assert.equal(unsealed(torn), undefined, `cut at ${cut}`);
  }
});

test('what is no sector is none', () => {
  for (const text of ['', '{"term":7}', before.trimEnd(), `${before} `, before.slice(1)])
    assert.equal(unsealed(text), undefined);
});

test('what does not fit is refused, and not cut off', () => {
  assert.throws(() => sealed('x'.repeat(sectorLength)), RangeError);
});
