import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatRecord, parseRecord } from './record.ts';
import { RecordFile } from './record-file.ts';
import { holdsData, recordPath } from './volume.ts';

test('a record reads back as it was written', () => {
  for (const role of ['primary', 'replica', undefined] as const) {
    const record = { term: 7, role };
    assert.deepEqual(parseRecord(formatRecord(record)), { kind: 'record', record });
    const led = { ...record, led: 5, handedOver: true, saved: 5 };
    assert.deepEqual(parseRecord(formatRecord(led)), { kind: 'record', record: led });
  }
});

test('whatever is no record is unreadable, never a guess', () => {
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '{"term":-1}',
    '{"term":1.5}',
    '{"term":"3"}',
    '{"term":1,"role":"king"}',
  ]) {
    assert.equal(parseRecord(text).kind, 'unreadable', text);
  }
});

test('a record on a volume is written over in place, and counts as data', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'record-'));
  context.after(() => rm(folder, { recursive: true }));
  const file = new RecordFile(recordPath(folder));
  assert.deepEqual(await file.read(), { kind: 'absent' });
  assert.equal(await holdsData(folder), false);

  await file.write({ term: 1, role: 'replica' });
  const { ino } = await stat(recordPath(folder));
  await file.write({ term: 2, role: 'primary' });
  assert.equal((await stat(recordPath(folder))).ino, ino);
  assert.deepEqual(await file.read(), { kind: 'record', record: { term: 2, role: 'primary' } });
  assert.equal(await holdsData(folder), true);
  assert.deepEqual(await readdir(join(folder, '.redis-operator')), ['record.json']);
});

test('half a record is unreadable, and the next one takes its place', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'record-'));
  context.after(() => rm(folder, { recursive: true }));
  const file = new RecordFile(recordPath(folder));
  await file.write({ term: 1, role: 'replica' });
  for (const text of [
    'half a rec',
    (await readFile(recordPath(folder), 'utf8')).replace('replica', 'primary'),
  ]) {
    await writeFile(recordPath(folder), text);
    assert.equal((await file.read()).kind, 'unreadable');
    await file.write({ term: 3, role: 'primary' });
    assert.deepEqual(await file.read(), { kind: 'record', record: { term: 3, role: 'primary' } });
  }
});
