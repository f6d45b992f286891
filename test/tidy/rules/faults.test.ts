import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { faultsHaveTests } from './faults.ts';

const withRow = (row: string): Parameters<typeof faultsHaveTests>[0] =>
  sample({
    'docs/faults.md': `| fault | test | in |\n|---|---|---|\n${row}\n`,
    'internal/a.test.ts': "test('it is refused', () => undefined);",
  });

test('a fault whose test has another name, or is elsewhere, is named', () => {
  assert.match(
    faultsHaveTests(withRow('| lies | it is believed | `internal/a.test.ts` |')).join(),
    /"it is believed"/,
  );
  assert.match(
    faultsHaveTests(withRow('| lies | it is refused | `internal/b.test.ts` |')).join(),
    /not in internal\/b/,
  );
});

test('a fault whose test is where the table says is right', () => {
  assert.deepEqual(faultsHaveTests(withRow('| lies | it is refused | `internal/a.test.ts` |')), []);
});
