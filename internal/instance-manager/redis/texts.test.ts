import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { engineIn, entryFields, keysIn, numberIn, parseInfo } from './info.ts';
import { failureReason, masked, parseLogLine } from './log.ts';
import { type ManagerFacts, renderMetrics } from './metrics.ts';

const info = parseInfo(
  [
    '# Server',
    'redis_version:7.2.4',
    'executable:/usr/bin/redis-server:x',
    'empty:',
    '',
    '# Replication',
    'role:slave',
    'master_link_status:up',
    'connected_slaves:2',
    'mem_fragmentation_ratio:1.25',
    'rdb_last_bgsave_time_sec:-1',
    '# Commandstats',
    'cmdstat_config|get:calls=3,usec=9,usec_per_call=3.00',
    'cmdstat_set:calls=5,usec=1',
    '# Keyspace',
    'db0:keys=3,expires=0,avg_ttl=0',
    'db7:keys=4,expires=1,avg_ttl=0',
  ].join('\r\n'),
);

test('fields of INFO are read by name, with all that follows the first colon', () => {
  assert.equal(info.get('redis_version'), '7.2.4');
  assert.equal(info.get('executable'), '/usr/bin/redis-server:x');
  assert.equal(info.get('empty'), '');
  assert.equal(info.has('# Server'), false);
});

test('a number is one only if all of it is', () => {
  assert.equal(numberIn(info, 'connected_slaves'), 2);
  assert.equal(numberIn(info, 'mem_fragmentation_ratio'), 1.25);
  assert.equal(numberIn(info, 'rdb_last_bgsave_time_sec'), -1);
  for (const field of ['redis_version', 'empty', 'role', 'missing'])
    assert.equal(numberIn(info, field), undefined, field);
});

test('keys are counted over all databases, and the engine is who says so first', () => {
  assert.equal(keysIn(info), 7);
  assert.equal(keysIn(new Map()), 0);
  assert.deepEqual(engineIn(info), { name: 'redis', version: '7.2.4' });
  const valkey = new Map([...info, ['valkey_version', '8.0.1']]);
  assert.deepEqual(engineIn(valkey), { name: 'valkey', version: '8.0.1' });
  assert.deepEqual(
    [...entryFields('calls=3,usec=9')],
    [
      ['calls', '3'],
      ['usec', '9'],
    ],
  );
});

test('whatever a server says, its INFO is read without a throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const fields = parseInfo(text);
      keysIn(fields);
      engineIn(fields);
      for (const value of fields.values()) assert.doesNotMatch(value, /\n/);
    }),
    { seed: 1 },
  );
});

test('a line of the log has its level and its message, and any other line is a message', () => {
  const line = (mark: string): string => `1:M 02 Jan 2024 10:00:00.000 ${mark} Ready to accept connections`;
  assert.deepEqual(parseLogLine(line('*')), { level: 'info', message: 'Ready to accept connections' });
  assert.equal(parseLogLine(line('#')).level, 'warn');
  assert.equal(parseLogLine(line('-')).level, 'debug');
  assert.equal(parseLogLine(line('.')).level, 'debug');
  assert.deepEqual(parseLogLine('*** FATAL CONFIG FILE ERROR ***'), {
    level: 'info',
    message: '*** FATAL CONFIG FILE ERROR ***',
  });
});

test('the reason of an end is what Redis said from the first word of trouble on', () => {
  const words = [
    '7:C 02 Jan 2024 10:00:00.000 * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo',
    '',
    '*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***',
    'Reading the configuration file, at line 3',
    ">>> 'maxmemory-policy bogus'",
    'argument(s) must be one of the following: noeviction',
  ];
  const reason = failureReason(words);
  assert.match(reason, /^\*\*\* FATAL CONFIG FILE ERROR.*maxmemory-policy bogus.*noeviction$/);
  assert.equal(failureReason(['a', 'b', 'c', 'd']), 'b c d');
  assert.equal(failureReason([]), 'redis-server ended without a word');
  assert.ok(failureReason(Array.from({ length: 20 }, () => `error ${'x'.repeat(1000)}`)).length <= 4096);
});

test('no password that Redis repeats is told', () => {
  for (const line of [
    ">>> 'requirepass hunter2'",
    '>>> "masterauth hunter2"',
    ">>> 'user default on >hunter2'",
    ">>> 'REQUIREPASS hunter2'",
  ]) {
    assert.equal(masked(line).includes('hunter2'), false, line);
    assert.equal(parseLogLine(line).message.includes('hunter2'), false, line);
    assert.equal(failureReason(['FATAL', line]).includes('hunter2'), false, line);
  }
  assert.equal(masked(">>> 'timeout 300'"), ">>> 'timeout 300'");
});

const facts: ManagerFacts = { up: true, fenced: false, term: 3, lagBytes: 12, writeLeaseSeconds: undefined };
const labels = { namespace: 'orders', cluster: 'shop', pod: 'shop-0', role: 'replica' };
const own = 'namespace="orders",cluster="shop",pod="shop-0",role="replica"';

test('metrics are what INFO and the manager say, with the labels of the instance', () => {
  const lines = renderMetrics(info, facts, labels).split('\n');
  for (const line of [
    `redis_up{${own}} 1`,
    `redis_connected_replicas{${own}} 2`,
    `redis_mem_fragmentation_ratio{${own}} 1.25`,
    `redis_replication_lag_bytes{${own}} 12`,
    `redis_master_link_up{${own}} 1`,
    `redis_keys{${own}} 7`,
    `redis_term{${own}} 3`,
    `redis_instance_info{${own},engine="redis",version="7.2.4"} 1`,
    `redis_command_calls_total{${own},command="config|get"} 3`,
    `redis_command_calls_total{${own},command="set"} 5`,
  ])
    assert.ok(lines.includes(line), line);
});

test('what INFO does not say is left out, never made up', () => {
  const silent = renderMetrics(new Map(), { ...facts, up: false, lagBytes: undefined }, labels);
  const names = [...silent.matchAll(/^(\w+)\{/gm)].map(([, name]) => name);
  assert.deepEqual(names, ['redis_up', 'redis_fenced', 'redis_term']);
  assert.ok(silent.includes(`redis_up{${own}} 0`));
  const primary = renderMetrics(new Map([['role', 'master']]), { ...facts, lagBytes: undefined }, labels);
  assert.doesNotMatch(primary, /^redis_(master_link_up|replication_lag_bytes|write_lease_seconds)\{/m);
});

test('every line is one that Prometheus reads, whatever the labels are, and each name is explained once', () => {
  const strange = { ...labels, cluster: 'a"b\\c\nd' };
  const text = renderMetrics(info, facts, strange);
  assert.ok(text.endsWith('\n'));
  const lines = text.trimEnd().split('\n');
  const sample = /^[a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*\} -?[0-9.]+$/;
  for (const line of lines) assert.match(line, line.startsWith('#') ? /^# (HELP|TYPE) [a-z_]+ \S/ : sample);
  const explained = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
  assert.equal(new Set(explained).size, explained.length);
  const used = new Set(lines.filter((line) => !line.startsWith('#')).map((line) => line.split('{')[0]));
  assert.deepEqual([...used].sort(), explained.sort());
});
