import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHeart } from './heart.ts';

test('a heart beats whenever it is asked to until it is stopped, and whoever asks then hears that it was', async () => {
  const heart = startHeart();
  for (let beat = 0; beat < 2; beat += 1) assert.ok((await heart.next()) > 0);
  heart.stop();
  await assert.rejects(heart.next(), /it ended with 0/);
});
