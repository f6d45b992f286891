import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRedisCluster } from '../../api/v1/redis-cluster.ts';
import { readOwnSpec } from './own-spec.ts';
import { redisDirectives, renderRedisConf } from './redis/config.ts';
import { settingsOf } from './settings/wanted.ts';

const mebibyte = 1024n * 1024n;
const surroundings = {
  announceIp: '10.0.0.1',
  listenAddress: undefined,
  port: 6379,
  dataFolder: '/data',
  socketPath: '/run/redis/redis.sock',
  containerLimit: undefined,
};

const specs: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { persistence: 'rdb', redis: { hz: '20', save: '' } },
  { persistence: 'none', authSecret: { name: 'mine' } },
  { memory: { maxMemory: '512Mi', maxMemoryPolicy: 'allkeys-lru' } },
  { memory: { maxMemoryPercent: 50 }, resources: { limits: { memory: '1Gi' } } },
  { resources: { limits: { memory: 1073741824 } } },
];

const read = (raw: unknown) => {
  const reading = readOwnSpec(raw);
  return reading.kind === 'read' ? reading.spec : assert.fail(reading.problem);
};

test('what an instance reads is what the whole parser reads', () => {
  for (const spec of specs) {
    const parsed = parseRedisCluster({ metadata: { name: 'a', namespace: 'b', uid: 'c' }, spec });
    if (!parsed.ok) assert.fail(JSON.stringify(parsed.problems));
    const own = read(spec);
    const { persistence, redis, memory, authSecret } = parsed.value.spec;
    assert.equal(own.persistence, persistence);
    assert.deepEqual(own.directives, redis ?? {});
    assert.equal(own.maxMemoryPercent, memory?.maxMemoryPercent);
    assert.equal(own.maxMemoryPolicy, memory?.maxMemoryPolicy);
    assert.equal(own.authSecret, authSecret?.name);
  }
});

test('maxmemory is what is said, or a share of the limit that leaves room', () => {
  const maxMemory = (spec: unknown) => settingsOf(read(spec), surroundings).maxMemory;
  assert.equal(maxMemory({}), undefined);
  assert.equal(maxMemory({ memory: { maxMemory: '512Mi' } }), 512n * mebibyte);
  assert.equal(maxMemory({ resources: { limits: { memory: '1Gi' } } }), 768n * mebibyte);
  const half = { memory: { maxMemoryPercent: 50 }, resources: { limits: { memory: '1Gi' } } };
  assert.equal(maxMemory(half), 512n * mebibyte);
});

test('a spec that would break what is ours is refused, and no value is told', () => {
  for (const spec of [
    { persistence: 'sometimes' },
    { redis: 'hz 10' },
    { redis: ['hz'] },
    { redis: { port: '1' } },
    { redis: { 'min-replicas-to-write': '0' } },
    { redis: { 'hz\nport': '1' } },
    { redis: { hz: 10 } },
    { redis: { hz: 'hidden\nport 1' } },
    { memory: { maxMemory: 'much' } },
    { memory: { maxMemoryPercent: 101 } },
    { memory: { maxMemoryPercent: 'half' } },
  ]) {
    const reading = readOwnSpec(spec);
    assert.ok(reading.kind === 'refused', JSON.stringify(spec));
    assert.ok(!reading.problem.includes('hidden'));
  }
});

test('redis.conf always boots fenced, whatever the user sets, and the user’s word comes after ours', () => {
  const settings = settingsOf(read({ redis: { 'repl-timeout': '20' } }), surroundings);
  const names = redisDirectives(settings).map(({ name }) => name);
  assert.equal(names.at(-1), 'min-replicas-to-write');
  assert.ok(names.lastIndexOf('repl-timeout') > names.indexOf('repl-timeout'));
  assert.match(renderRedisConf(settings, { passwords: ['secret'] }), /\nmin-replicas-to-write 10000\n$/);
});

test('a password with quotes, spaces and backslashes stays one word of one line', () => {
  const settings = settingsOf(read({}), surroundings);
  const conf = renderRedisConf(settings, { passwords: ['a "b" \\c #d'] });
  assert.match(conf, /^requirepass "a \\"b\\" \\\\c #d"$/m);
});
