import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, fingerprint } from './fingerprint.ts';

const json = fc.jsonValue();

test('the order of keys makes no difference, and every value does', () => {
  assert.equal(fingerprint({ a: 1, b: { c: 2, d: 3 } }), fingerprint({ b: { d: 3, c: 2 }, a: 1 }));
  const different = [
    { a: 1 },
    { a: '1' },
    { a: [1] },
    { a: null },
    { b: 1 },
    {},
    [],
    [{}],
    null,
    '',
    0,
    false,
  ];
  assert.equal(new Set(different.map(fingerprint)).size, different.length);
});

test('what is undefined is not there, and has its place in a list', () => {
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}');
  assert.equal(canonicalJson([undefined, 1]), '[null,1]');
  assert.equal(canonicalJson(undefined), 'null');
});

test('it is JSON of the same value, with the keys in order', () => {
  const law = fc.property(json, (value) => {
    const text = canonicalJson(value);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    assert.equal(canonicalJson(JSON.parse(text)), text);
  });
  fc.assert(law, { seed: 1, numRuns: 500 });
});

test('a key of any name is one, and no other than that', () => {
  const strange = JSON.parse('{"__proto__": {"b": 1}, "constructor": 2, "": 3, "ключ": 4, "10": 5, "9": 6}');
  assert.equal(canonicalJson(strange), '{"":3,"10":5,"9":6,"__proto__":{"b":1},"constructor":2,"ключ":4}');
});

test('a value nested as deep as the API server lets one be is no trouble', () => {
  const deep = Array.from({ length: 9_990 }).reduce<unknown>((inner) => ({ a: [inner] }), 1);
  assert.equal(canonicalJson(deep).length, 9_990 * '{"a":[]}'.length + 1);
});

test('a fingerprint is 16 hexadecimal digits, whatever it is of', () => {
  fc.assert(
    fc.property(json, (value) => assert.match(fingerprint(value), /^[0-9a-f]{16}$/)),
    { seed: 1 },
  );
});

test('fingerprints of many honest manifests are all different', () => {
  const seen = new Set<string>();
  for (let ordinal = 0; ordinal < 50; ordinal += 1)
    for (let version = 0; version < 200; version += 1)
      seen.add(fingerprint({ name: `shop-${ordinal}`, image: `redis:7.${version}` }));
  assert.equal(seen.size, 10_000);
});
