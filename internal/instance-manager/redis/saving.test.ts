import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../time/units.ts';
import { savingTakes } from './saving.ts';

const infoWith = (fields: Readonly<Record<string, string>>) => new Map(Object.entries(fields));

test('how long saving takes is guessed from the last times, with room, and rather too long', () => {
  const info = infoWith({ rdb_last_bgsave_time_sec: '-1', aof_last_rewrite_time_sec: '4', used_memory: '1' });
  assert.equal(savingTakes(info), seconds(10));
  assert.equal(savingTakes(new Map([...info, ['rdb_last_bgsave_time_sec', '9']])), seconds(20));
});

test('where nothing was saved yet its size tells, on a slow disk', () => {
  const info = infoWith({ rdb_last_bgsave_time_sec: '-1', aof_last_rewrite_time_sec: '-1' });
  assert.equal(savingTakes(new Map([...info, ['used_memory', String(200 * 2 ** 20)]])), seconds(10));
});
