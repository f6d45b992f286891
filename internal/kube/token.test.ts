import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HandClock } from '../time/hand-clock.fixture.ts';
import { seconds } from '../time/units.ts';
import { hasCode } from './errors.ts';
import { TokenSource } from './token.ts';

const folder = mkdtempSync(join(tmpdir(), 'token-'));
const path = join(folder, 'token');
const write = (token: string): void => writeFileSync(path, `${token}\n`);
after(() => rmSync(folder, { recursive: true }));

function sourceOf(clock: HandClock): TokenSource {
  write('first');
  return new TokenSource({ kind: 'tokenFile', path }, clock);
}

test('a token is read from its file again within a minute', async () => {
  const clock = new HandClock();
  const tokens = sourceOf(clock);
  assert.equal(await tokens.current(), 'first');
  write('second');
  await clock.pass(seconds(59));
  assert.equal(await tokens.current(), 'first');
  await clock.pass(seconds(1));
  assert.equal(await tokens.current(), 'second');
});

test('a token that was refused is read again at once', async () => {
  const tokens = sourceOf(new HandClock());
  await tokens.current();
  write('second');
  assert.equal(tokens.refused(), true);
  assert.equal(await tokens.current(), 'second');
});

test('a file that cannot be read leaves the token that is held, until that is refused', async () => {
  const clock = new HandClock();
  const tokens = sourceOf(clock);
  await tokens.current();
  rmSync(path);
  await clock.pass(seconds(61));
  assert.equal(await tokens.current(), 'first');
  tokens.refused();
  await assert.rejects(tokens.current(), (failure) => {
    assert.ok(hasCode(failure, 'unauthorized'));
    assert.match(String(failure), /the token in .* cannot be read/);
    return true;
  });
  write('second');
  assert.equal(await tokens.current(), 'second');
});

test('a token that is given stays, and other credentials have none', async () => {
  const given = new TokenSource({ kind: 'token', token: 'given' }, new HandClock());
  assert.equal(await given.current(), 'given');
  assert.equal(given.refused(), false);
  assert.equal(await given.current(), 'given');
  const none = new TokenSource({ kind: 'none' }, new HandClock());
  assert.equal(await none.current(), undefined);
  assert.equal(none.refused(), false);
});
