import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from './hand-clock.fixture.ts';
import { milliseconds, seconds } from './units.ts';
import { forAtMost, within } from './within.ts';

const never = new AbortController().signal;

test('what is done in time leaves no timer behind, nor does what fails', async () => {
  const clock = new HandClock();
  assert.equal(await within({ clock, wait: seconds(1), signal: never }, async () => 7), 7);
  const failing = within({ clock, wait: seconds(1), signal: never }, () => Promise.reject(new Error('no')));
  await assert.rejects(failing, /no/);
  await forAtMost(seconds(1), Promise.resolve(), clock);
  assert.equal(clock.waiting, 0);
});

test('what takes longer is told so by its signal, and at once when nobody waits for it any more', async () => {
  const clock = new HandClock();
  const ending = new AbortController();
  const untilAborted = async (limit: AbortSignal): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    limit.addEventListener('abort', () => resolve(limit.reason.name), { once: true });
    if (limit.aborted) resolve(limit.reason.name);
    return await promise;
  };
  const late = within({ clock, wait: seconds(1), signal: ending.signal }, untilAborted);
  await clock.pass(seconds(1));
  assert.equal(await late, 'TimeoutError');
  const left = within({ clock, wait: seconds(1), signal: ending.signal }, untilAborted);
  ending.abort();
  assert.equal(await left, 'AbortError');
  assert.equal(await within({ clock, wait: seconds(1), signal: ending.signal }, untilAborted), 'AbortError');
  assert.equal(clock.waiting, 0);
});

test('what is under way is waited for for so long, and goes on', async () => {
  const clock = new HandClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  let waited = false;
  const waiting = forAtMost(milliseconds(200), promise, clock).then(() => {
    waited = true;
  });
  await clock.pass(milliseconds(199));
  assert.equal(waited, false);
  await clock.pass(milliseconds(1));
  assert.equal(waited, true);
  resolve();
  await waiting;
});
