import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
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
    const led = { ...record, led: 5, handedOver: true };
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

test('a record on a volume is replaced as a whole, and counts as data', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'record-'));
  context.after(() => rm(folder, { recursive: true }));
  const file = new RecordFile(recordPath(folder));
  assert.deepEqual(await file.read(), { kind: 'absent' });
  assert.equal(await holdsData(folder), false);

  await file.write({ term: 1, role: 'replica' });
  await file.write({ term: 2, role: 'primary' });
  assert.deepEqual(await file.read(), { kind: 'record', record: { term: 2, role: 'primary' } });
  assert.equal(await holdsData(folder), true);
  assert.deepEqual(await readdir(join(folder, '.redis-operator')), ['record.json']);

  await writeFile(recordPath(folder), 'half a rec');
  assert.equal((await file.read()).kind, 'unreadable');
});
