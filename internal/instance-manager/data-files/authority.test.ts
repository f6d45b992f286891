import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRdbNewer, persistenceStep, sourceOf } from './authority.ts';
import { explore, type Rules } from './volume.fixture.ts';

const rules: Rules = {
  sourceOf,
  persistenceStep,
  marksLate: false,
  opensEarly: false,
};

test('whatever ends when, a start has all that was acknowledged and all that was there at an end in order', () => {
  const { violation, states } = explore(rules);
  assert.deepEqual(violation, undefined);
  assert.ok(states > 2_000, `${states} states were seen`);
});

const mutants: Readonly<Record<string, Partial<Rules>>> = {
  'the mark is obeyed whatever has become of the append-only file': {
    sourceOf: (_persistence, { rdb, outdated }) => (rdb && outdated !== undefined ? 'rdb' : 'aof'),
  },
  'the RDB is always taken for the newer one': { sourceOf: (_persistence, { rdb }) => (rdb ? 'rdb' : 'aof') },
  'writes are taken before the append-only file is written anew': { opensEarly: true },
  'the append-only file counts as complete before it is': {
    persistenceStep: (view) => {
      const step = persistenceStep(view);
      return step.kind === 'wait' ? { kind: 'settled' } : step;
    },
  },
  'the mark is set although another life has begun': { marksLate: true },
};

for (const [mutant, change] of Object.entries(mutants)) {
  test(`it is found out when ${mutant}`, () => {
    assert.notEqual(explore({ ...rules, ...change }).violation, undefined);
  });
}

test('an RDB without a mark is the newer one only where nothing was ever appended', () => {
  assert.equal(isRdbNewer({ aof: undefined, rdb: true, outdated: undefined }), true);
  assert.equal(isRdbNewer({ aof: 'a', rdb: true, outdated: undefined }), false);
  assert.equal(isRdbNewer({ aof: 'a', rdb: false, outdated: 'a' }), false);
  assert.equal(isRdbNewer({ aof: 'a2', rdb: true, outdated: 'a1' }), false);
});

test('snapshots begin from an append-only file that no mark outdates, whatever the spec says', () => {
  assert.equal(sourceOf('rdb', { aof: 'a', rdb: true, outdated: undefined }), 'aof');
  assert.equal(sourceOf('rdb', { aof: 'a', rdb: true, outdated: 'a' }), 'rdb');
  assert.equal(sourceOf('aof', { aof: undefined, rdb: true, outdated: undefined }), 'rdb');
  assert.equal(sourceOf('aof', { aof: undefined, rdb: false, outdated: undefined }), 'aof');
});

test('an append-only file is outdated by an RDB only once one was written after the last was appended', () => {
  const files = { aof: 'a', rdb: true, outdated: undefined };
  const view = { wanted: 'rdb', appendOnly: true, files, saved: true } as const;
  assert.equal(persistenceStep(view).kind, 'stopAppending');
  assert.equal(persistenceStep({ ...view, appendOnly: false, saved: false }).kind, 'save');
  assert.equal(persistenceStep({ ...view, appendOnly: false }).kind, 'mark');
  const marked = { ...files, outdated: 'a' };
  assert.equal(persistenceStep({ ...view, appendOnly: false, files: marked }).kind, 'settled');
});
