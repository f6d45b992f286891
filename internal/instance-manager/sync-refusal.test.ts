import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, moment } from '../time/units.ts';
import { asksAgainAt, hearRefusal, type SyncRefusal } from './sync-refusal.ts';

const at = moment(1000);
const stamp = '18280:S 26 Nov 2026 19:15:39.500';
const version = "Can't handle RDB format version 11";
const heard = (...lines: readonly string[]): SyncRefusal | undefined => hearRefusal(undefined, lines, at);

test('a copy that cannot be loaded is told of with the reason, by Redis and by Valkey', () => {
  for (const whom of ['MASTER', 'PRIMARY']) {
    const failed = `Failed trying to load the ${whom} synchronization DB from disk: Invalid argument`;
    const words = `${version}; ${failed}`;
    assert.deepEqual(heard(`${stamp} # ${version}`, `${stamp} # ${failed}`), { words, times: 1, at });
    assert.equal(heard(`${stamp} * Loading DB in memory`, `${stamp} # ${failed}`)?.words, failed);
    assert.equal(heard(`${stamp} # ${failed}`)?.words, failed);
  }
});

test('no other line says so', () => {
  assert.equal(heard(`${stamp} * MASTER <-> REPLICA sync: Loading DB in memory`), undefined);
  assert.equal(heard(`${stamp} # ${version}`), undefined);
  assert.equal(heard(), undefined);
});

test('it asks again at once the first time, and then ever more seldom, but every minute', () => {
  const waits = Array.from({ length: 12 }, (_, index) =>
    between(at, asksAgainAt({ words: version, times: index + 1, at })),
  );
  assert.deepEqual(waits.slice(0, 8), [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
  assert.equal(waits.at(-1), 60_000);
});

test('each further refusal counts', () => {
  const line = `${stamp} # Failed trying to load the MASTER synchronization DB from disk: Invalid argument`;
  const once = heard(line);
  assert.equal(hearRefusal(once, [line], moment(2000))?.times, 2);
  assert.equal(hearRefusal(once, ['another line'], moment(2000)), once);
});
