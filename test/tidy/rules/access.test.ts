import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { specIsTheUsers } from './access.ts';

const role = (...rules: readonly string[]): readonly string[] =>
  specIsTheUsers(sample({ 'config/rbac/role.yaml': `kind: ClusterRole\nrules:\n${rules.join('\n')}\n` }));

test('a role that lets the operator write a spec, or anything at all, is named', () => {
  const spec = '- {apiGroups: [redis.io], resources: [redisclusters], verbs: [get, patch]}';
  assert.match(
    role(spec).join(),
    /role\.yaml lets the operator patch redisclusters: it may only get, list, watch/,
  );
  assert.match(role('- {apiGroups: ["*"], resources: [pods], verbs: [get]}').join(), /has a wildcard/);
  assert.match(role('- {apiGroups: [""], resources: [pods], verbs: ["*"]}').join(), /has a wildcard/);
});

test('a role that lets it read specs and write status is right', () => {
  const rules = [
    '- {apiGroups: [redis.io], resources: [redisclusters], verbs: [get, list, watch]}',
    '- {apiGroups: [redis.io], resources: [redisclusters/status], verbs: [update, patch]}',
    '- {apiGroups: [""], resources: [pods], verbs: [create, delete]}',
  ];
  assert.deepEqual(role(...rules), []);
});
