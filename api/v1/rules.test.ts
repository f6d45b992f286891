import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOwnedDirective, ownedDirectives, ownedFamilies } from './directives.ts';
import { isOwnKey } from './metadata-rules.ts';
import { ordinalOf, podName } from './names.ts';
import { notYet } from './not-yet.ts';
import { shortened, shown } from './problem.ts';
import { parseRedisCluster } from './redis-cluster.ts';
import { maxMemoryPolicies } from './schema/memory.ts';
import { specWarnings } from './validate.ts';

const parse = (spec: unknown) =>
  parseRedisCluster({ metadata: { name: 'shop', namespace: 'orders', uid: 'u' }, spec });

test('the directives that make an instance what it is are ours: where it writes, whom it follows, who may enter', () => {
  const needed = [
    'dir',
    'port',
    'bind',
    'replicaof',
    'slaveof',
    'masterauth',
    'requirepass',
    'aclfile',
    'unixsocket',
  ];
  const families = ['tls-port', 'min-replicas-to-write', 'min-slaves-max-lag', 'cluster-enabled'];
  const loading = ['include', 'loadmodule', 'rename-command', 'appendonly', 'appendfilename', 'dbfilename'];
  for (const name of [...needed, ...families, ...loading]) {
    assert.ok(isOwnedDirective(name), name);
    assert.equal(parse({ redis: { [name]: 'x' } }).ok, false, name);
  }
  for (const name of ['timeout', 'save', 'maxmemory', 'dirs', 'tls', 'port2', 'appendfsync'])
    assert.equal(isOwnedDirective(name), false, name);
  assert.deepEqual([...ownedDirectives], [...new Set(ownedDirectives)].sort(), 'in order, each once');
  assert.ok(ownedFamilies.every((family) => family.endsWith('-')));
});

test('keys of our domains are ours, whatever follows', () => {
  for (const key of ['redis.io/role', 'redis.io/', 'app.kubernetes.io/name']) assert.ok(isOwnKey(key), key);
  for (const key of ['redis.io', 'my.redis.io/x', 'kubernetes.io/x', ''])
    assert.equal(isOwnKey(key), false, key);
});

test('an ordinal is read from the names we make, and from no other', () => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999 }), (ordinal) =>
      assert.equal(ordinalOf(podName('shop', ordinal), 'shop-'), ordinal),
    ),
    { seed: 1 },
  );
  for (const name of [
    'shop-',
    'shop-01',
    'shop-x',
    'shop--1',
    'shop-1-2',
    'shop-1234567890',
    'other-1',
    'shop-1\n',
  ])
    assert.equal(ordinalOf(name, 'shop-'), undefined, name);
});

test('what is not carried out yet is refused with what to do instead: no promise is made in silence', () => {
  assert.equal(new Set(notYet.map(({ field }) => field)).size, notYet.length);
  for (const { field, refuses, right } of notYet) {
    assert.ok(refuses('something else entirely'), field);
    assert.match(right, /leave it out|set that/, field);
  }
});

test('memory so near to its limit that Redis may be killed is warned of, and less is not', () => {
  const warned = (memory: object, limit?: string): readonly string[] => {
    const parsed = parse({
      memory,
      ...(limit === undefined ? {} : { resources: { limits: { memory: limit } } }),
    });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return specWarnings(parsed.value.spec).map(({ field }) => field);
  };
  assert.deepEqual(warned({ maxMemoryPercent: 90 }, '1Gi'), ['spec.memory.maxMemoryPercent']);
  assert.deepEqual(warned({ maxMemoryPercent: 89 }, '1Gi'), []);
  assert.deepEqual(warned({ maxMemory: '900Mi' }, '1000Mi'), ['spec.memory.maxMemory']);
  assert.deepEqual(warned({ maxMemory: '899Mi' }, '1000Mi'), []);
  assert.deepEqual(warned({ maxMemory: '900Mi' }), []);
});

test('every policy of eviction that Redis knows may be asked for, and no other', () => {
  for (const maxMemoryPolicy of maxMemoryPolicies) assert.ok(parse({ memory: { maxMemoryPolicy } }).ok);
  assert.equal(parse({ memory: { maxMemoryPolicy: 'allkeys' } }).ok, false);
});

test('a value is shown as far as it helps, and never what it holds', () => {
  assert.equal(shown(undefined), 'nothing');
  assert.equal(shown({ password: 'hunter2' }), 'an object');
  assert.equal(shown(['hunter2']), 'a list');
  assert.equal(shown(null), 'null');
  assert.equal(shown('x'.repeat(65)), `"${'x'.repeat(64)}…"`);
  assert.equal(shortened('x'.repeat(64)), 'x'.repeat(64));
});

test('whatever is given for an object, parsing it never throws, and says what is wrong of anything but an object', () => {
  fc.assert(
    fc.property(fc.anything(), (raw) => {
      const parsed = parseRedisCluster(raw);
      assert.ok(parsed.ok || parsed.problems.length > 0);
    }),
    { seed: 1, numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.jsonValue(), (spec) => {
      const parsed = parse(spec);
      for (const { field, message } of parsed.ok ? [] : parsed.problems) {
        assert.match(field, /^spec/);
        assert.match(message, /^spec/);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});
