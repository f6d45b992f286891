import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import {
  everyTestAsserts,
  noRegistryIsNamed,
  noTestIsSkipped,
  nothingIsFlushed,
  typesAreNotSilenced,
} from './forbidden.ts';

test('a command that empties a data set is found however it is written', () => {
  const wrong = [
    "send(['FLUSHALL'])",
    "send(['flushdb', 'ASYNC'])",
    "send(['CLUSTER', 'RESET', 'HARD'])",
    "send('cluster reset')",
    'client.flushAll()',
  ];
  for (const text of wrong) {
    assert.match(
      nothingIsFlushed(sample({ 'internal/redis/a.ts': text })).join(),
      /a\.ts:1 has .* \(I11\)/,
      text,
    );
  }
  const right = "send(['CLUSTER', 'INFO']); // never FLUSHALL\nreset(cluster);";
  assert.deepEqual(nothingIsFlushed(sample({ 'internal/redis/a.ts': right })), []);
});

test('a host that packages or images come from is found in any file', () => {
  const hosts = [
    ['docker', 'io'],
    ['index', 'docker', 'io'],
    ['quay', 'io'],
    ['registry', 'npmjs', 'org'],
    ['registry', 'k8s', 'io'],
    ['proxy', 'golang', 'org'],
    ['deb', 'debian', 'org'],
    ['mirror', 'somewhere', 'net'],
  ];
  for (const host of hosts) {
    const text = `image: ${host.join('.')}/redis`;
    assert.match(
      noRegistryIsNamed(sample({ 'config/a.yaml': text })).join(),
      /config\/a\.yaml:1 names the host/,
      text,
    );
  }
  const right =
    'registry.example.com/redis registry.metrics().then() pod-security.kubernetes.io/enforce k8s.io/api';
  assert.deepEqual(noRegistryIsNamed(sample({ 'config/a.yaml': right })), []);
});

test('a silenced compiler is found in code and in tests, and talk of it is none', () => {
  const wrong = sample({ 'internal/a.ts': 'const a = b as any;', 'test/b.test.ts': '// @ts-ignore\nc;' });
  assert.equal(typesAreNotSilenced(wrong).length, 2);
  const right = sample({ 'internal/a.ts': "const a = 'as any'; const b = c as Many;" });
  assert.deepEqual(typesAreNotSilenced(right), []);
});

test('a test that is passed over is found', () => {
  const wrong = [
    'test.skip(one);',
    'test.only(one);',
    'test.todo(one);',
    't.skip();',
    'test(one, { skip: true });',
    'describe.only(one);',
    'test(one, { only: true });',
  ];
  for (const text of wrong) {
    assert.match(noTestIsSkipped(sample({ 'test/a.test.ts': text })).join(), /a\.test\.ts:1 /, text);
  }
  const right = "const { skipped, todo } = counts; test('nothing is .skip(ped)', one);";
  assert.deepEqual(noTestIsSkipped(sample({ 'test/a.test.ts': right })), []);
});

test('a file of tests without an assertion is found', () => {
  const imported = "import assert from 'node:assert/strict';\n";
  const wrong = ['test(one, () => two());', imported, "import { ok } from 'node:assert';\nok(true);"];
  for (const text of wrong) {
    assert.match(everyTestAsserts(sample({ 'test/a.test.ts': text })).join(), /asserts nothing/, text);
  }
  for (const text of [`${imported}assert.equal(1, 1);`, "throw new AggregateError(tries, 'none');"])
    assert.deepEqual(everyTestAsserts(sample({ 'test/a.test.ts': text })), [], text);
});
