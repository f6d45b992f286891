import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitLimit, releaseLimit } from '../control/switchover.ts';
import { moment } from '../time/units.ts';
import { act } from './act.ts';
import { identity, primaryOfTerm3 } from './facts.fixture.ts';
import { createFactsCell, type Facts } from './facts.ts';
import { aheadOf, covers, nominated, nominationHolds, noteFor } from './nomination.ts';
import type { Ports } from './ports.ts';
import { recordOf } from './record.ts';
import { isPromise, ledIn, type TermRecord } from './tenure.ts';

const now = moment(1000);
const replica: Facts = {
  ...primaryOfTerm3(now),
  stored: { kind: 'record', record: { term: 3, role: 'replica' } },
  nomination: nominated(4, now),
};

/** Takes steps that write the record, and tells what was written. */
function volumeOf(first: Facts) {
  const cell = createFactsCell(first);
  const written: TermRecord[] = [];
  const records = {
    write: (record: TermRecord) => {
      written.push(record);
      return Promise.resolve();
    },
  };
  const clock = { monotonic: () => now, deadline: () => new AbortController().signal };
  const ports = { clock, records, identity } as unknown as Ports;
  const take = (kind: 'adopt' | 'note', record: TermRecord) =>
    act({ kind, record, because: 'test' }, ports, cell, AbortSignal.timeout(1000));
  return { cell, written, take };
}

test('what lies ahead binds and tells as much as a role that was held', () => {
  assert.ok(isPromise(aheadOf(4)));
  assert.equal(ledIn(aheadOf(4)), 4);
  assert.ok(covers(aheadOf(4), { term: 4, role: 'primary' }));
  assert.ok(!covers(aheadOf(4), { term: 4, role: 'replica' }));
  assert.ok(!covers(aheadOf(4), { term: 5, role: 'primary' }));
  assert.ok(!covers(undefined, { term: 4, role: 'primary' }));
});

test('a nominated replica writes ahead, until it obeys that term or nothing has come of it', () => {
  assert.deepEqual(noteFor(replica, now), aheadOf(4));
  assert.equal(noteFor({ ...replica, ahead: aheadOf(4) }, now), undefined, 'it lies there already');
  const late = moment(now + nominationHolds);
  assert.equal(noteFor(replica, late), undefined);
  assert.deepEqual(noteFor({ ...replica, ahead: aheadOf(4) }, late), { term: 3, role: 'replica' });
  const record = { term: 4, role: 'primary' } as const;
  const appointed: Facts = { ...replica, stored: { kind: 'record', record } };
  assert.equal(noteFor(appointed, now), undefined);
  assert.deepEqual(noteFor({ ...appointed, ahead: aheadOf(4) }, now), record);
});

test('neither a primary nor one whose record cannot be read writes ahead', () => {
  assert.equal(noteFor({ ...primaryOfTerm3(now), nomination: nominated(4, now) }, now), undefined);
  assert.equal(noteFor({ ...replica, stored: { kind: 'unreadable', problem: 'test' } }, now), undefined);
});

test('an appointment that was written ahead takes effect without the disk, and is noted afterwards', async () => {
  const { cell, written, take } = volumeOf(replica);
  await take('note', aheadOf(4));
  assert.deepEqual(recordOf(cell.current.stored), { term: 3, role: 'replica' }, 'it obeys what it obeyed');
  const record = { term: 4, role: 'primary' } as const;
  await take('adopt', record);
  assert.deepEqual(recordOf(cell.current.stored), record);
  assert.deepEqual(written, [aheadOf(4)]);
  assert.equal(noteFor(cell.current, now), undefined, 'that is no hurry');
  const later = moment(now + 1000);
  await take('note', noteFor(cell.current, later) ?? assert.fail('it has yet to be noted'));
  assert.deepEqual(written.at(-1), record);
  assert.equal(noteFor(cell.current, later), undefined);
});

test('whoever is not appointed after all writes what it obeys, whatever lies ahead', async () => {
  for (const record of [
    { term: 4, role: 'replica' },
    { term: 5, role: 'primary' },
    { term: 4, role: undefined },
  ] as const) {
    const { cell, written, take } = volumeOf({ ...replica, ahead: aheadOf(4) });
    await take('adopt', record);
    assert.deepEqual(written, [record]);
    assert.equal(cell.current.ahead, undefined);
  }
});

test('a nomination outlasts a hand-over', () => {
  assert.ok(nominationHolds > releaseLimit + commitLimit);
});
