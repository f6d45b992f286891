import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHeart } from './heart.ts';

test('a heart beats until it is stopped, and whoever waits hears of its end', async () => {
  const heart = startHeart();
  for (let beat = 0; beat < 2; beat += 1) assert.ok((await heart.next()) > 0);
  const next = heart.next();
  heart.stop();
  await assert.rejects(next, /it ended with 0/);
});
