import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HandClock } from '../time/hand-clock.fixture.ts';
import { milliseconds } from '../time/units.ts';
import { createLog } from './pino-logger.ts';

function logged(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  const path = join(folder, 'log');
  const [file, clock] = [openSync(path, 'w'), new HandClock()];
  context.after(() => {
    closeSync(file);
    rmSync(folder, { recursive: true });
  });
  const written = (): readonly string[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  return { ...createLog('info', clock, file), clock, written };
}

test('what is told is written together with what is told soon after, in its order', async (context) => {
  const { log, clock, written } = logged(context);
  log.info('one');
  await clock.pass(milliseconds(30));
  log.child({ of: 'another' }).warn('two');
  log.debug('too little to be told');
  assert.deepEqual(written(), []);
  await clock.pass(milliseconds(20));
  assert.deepEqual(written(), ['one', 'two']);
  assert.equal(clock.waiting, 0, 'an idle process is woken by nothing');
});

test('an error is written at once, and what was told before it', async (context) => {
  const { log, clock, written } = logged(context);
  log.info('what led to it');
  log.error('the reason');
  assert.deepEqual(written(), ['what led to it', 'the reason']);
  assert.equal(clock.waiting, 0);
});

test('what is too little to be told wakes nobody', (context) => {
  const { log, clock } = logged(context);
  log.debug('nothing');
  assert.equal(clock.waiting, 0);
});

test('what is told is written when it is asked for', (context) => {
  const { log, flush, written } = logged(context);
  log.info('the last word');
  flush();
  flush();
  assert.deepEqual(written(), ['the last word']);
});
