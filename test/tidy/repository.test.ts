import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRepository } from './reading/repository.ts';
import { rules } from './rules.ts';

const repository = readRepository(join(import.meta.dirname, '../..'));

test('the repository is read', () => {
  const paths = repository.files.map(({ path }) => path);
  for (const path of ['package.json', 'cmd/manager/main.ts', 'docs/invariants.md', 'test/cluster/enter'])
    assert.ok(paths.includes(path), path);
  assert.ok(repository.sources.length > 200);
});

for (const [claim, rule] of Object.entries(rules)) {
  test(`in this repository ${claim}`, () => {
    const problems = rule(repository);
    assert.equal(problems.length, 0, `\n${problems.join('\n')}`);
  });
}
