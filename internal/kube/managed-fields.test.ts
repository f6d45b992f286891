import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutManagedFields } from './managed-fields.ts';

test('what nobody reads is left out of a copy, and everything else is kept', () => {
  const object = {
    kind: 'Pod',
    metadata: { name: 'a', uid: 'u', managedFields: [{ manager: 'm' }] },
    spec: {},
  };
  assert.deepEqual(withoutManagedFields(object), {
    kind: 'Pod',
    metadata: { name: 'a', uid: 'u' },
    spec: {},
  });
  assert.equal(object.metadata.managedFields.length, 1);
});

test('an object that has none is given back as it is', () => {
  const object = { metadata: { name: 'a' } };
  assert.equal(withoutManagedFields(object), object);
});
