import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { citedInvariantsAre, invariantsAreCited } from './invariants.ts';

const table = `| | invariant | held by |
|---|---|---|
| I1 | One writes. | \`decide.ts\` |
| I2 | Two do not. | Not carried out yet. |
`;
const withCode = (text: string): Parameters<typeof citedInvariantsAre>[0] =>
  sample({ 'docs/invariants.md': table, 'internal/a.ts': text });

test('a citation of what is not in the table is named', () => {
  assert.match(citedInvariantsAre(withCode('// Held here (I7).')).join(), /internal\/a\.ts cites I7, which/);
  assert.match(citedInvariantsAre(withCode("test('that is so (I9)');")).join(), /cites I9/);
  assert.deepEqual(citedInvariantsAre(withCode('// I1, and a type of that form:\ntype I8 = 1;')), []);
});

test('what is in the table and nobody cites is named, unless it is open still', () => {
  const [problem = '', ...others] = invariantsAreCited(withCode(''));
  assert.match(problem, /nothing cites I1 of docs\/invariants\.md/);
  assert.deepEqual(others, []);
  assert.deepEqual(invariantsAreCited(withCode('// invariant I1')), []);
});
