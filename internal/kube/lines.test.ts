import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { linesOf } from './lines.ts';

async function linesIn(chunks: readonly Buffer[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks))) lines.push(line);
  return lines;
}

/** `bytes` in pieces that end at `cuts`. */
function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const ends = [...cuts, bytes.length].sort((one, other) => one - other);
  return ends.map((end, place) => bytes.subarray(place === 0 ? 0 : ends[place - 1], end));
}

const text = 'é|漢字|😀\n\n{"a":"ß"}\n';

test('a character may be split between chunks at every byte', async () => {
  const bytes = Buffer.from(text);
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++)
      assert.deepEqual(await linesIn(cutAt(bytes, [first, second])), ['é|漢字|😀', '', '{"a":"ß"}']);
  }
});

test('whatever the lines are and wherever they are cut, they come out whole and in order', async () => {
  const someLines = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ' ')));
  const law = fc.asyncProperty(someLines, fc.array(fc.nat(200)), async (lines, cuts) => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const within = cuts.filter((cut) => cut <= bytes.length);
    assert.deepEqual(
      await linesIn(cutAt(bytes, within)),
      lines.map((line) => line.toWellFormed()),
    );
  });
  await fc.assert(law, { seed: 1 });
});

test('a line of 4 MB in chunks of 1 kB is one line', async () => {
  const line = '漢'.repeat(1_400_000);
  const bytes = Buffer.from(`${line}\nnext\n`);
  const cuts = Array.from({ length: Math.floor(bytes.length / 1000) }, (_, place) => place * 1000);
  const [first, second] = await linesIn(cutAt(bytes, cuts));
  assert.ok(first === line);
  assert.equal(second, 'next');
});

test('a last line without its end is no line', async () => {
  assert.deepEqual(await linesIn([Buffer.from('whole\n{"type":"ADD')]), ['whole']);
  assert.deepEqual(await linesIn([]), []);
});

test('who reads no further ends the stream', async () => {
  const source = Readable.from([Buffer.from('one\ntwo\n'), Buffer.from('three\n')]);
  for await (const line of linesOf(source)) {
    assert.equal(line, 'one');
    break;
  }
  assert.ok(source.destroyed);
});
