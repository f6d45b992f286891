import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './fingerprint.ts';
import { sameJson } from './same-json.ts';

/** Few keys and few values, so that two of them are often the same. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(undefined, null, 0, 1, '', 'a', true, false),
    fc.array(tie('any'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('any'), { maxKeys: 2 }),
  ),
})).any;

test('two values are the same where their canonical JSON is', () => {
  const law = fc.property(value, value, (one, other) => {
    const [wraps, wrapped] = [{ one }, { one: other }];
    assert.equal(sameJson(wraps, wrapped), canonicalJson(wraps) === canonicalJson(wrapped));
  });
  fc.assert(law, { seed: 1, numRuns: 5_000 });
});

test('a copy is the same, whatever order its keys are in', () => {
  const law = fc.property(fc.jsonValue(), (original) => {
    assert.ok(sameJson(original, JSON.parse(canonicalJson(original))));
  });
  fc.assert(law, { seed: 1, numRuns: 500 });
});
