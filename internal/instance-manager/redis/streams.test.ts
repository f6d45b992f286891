import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamsIn } from './streams.ts';

const replication = new Map([
  ['role', 'master'],
  ['slave0', 'ip=10.0.0.2,port=6379,state=online,offset=95,lag=1'],
  ['slave1', 'ip=10.0.0.3,port=6379,state=online,offset=12,lag=2'],
  ['slave2', 'ip=10.0.0.4,port=6379,state=wait_bgsave,offset=0,lag=0'],
  ['slave_repl_offset', '7'],
]);
const settings = {
  'client-output-buffer-limit': 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
  'repl-backlog-size': '67108864',
  'busy-reply-threshold': '5000',
  loglevel: 'notice',
};
const under = (change: Readonly<Record<string, string>>) =>
  streamsIn(replication, new Map(Object.entries({ ...settings, ...change })));

test('whoever streams and has acknowledged something lately is streamed to', () => {
  assert.deepEqual(under({}), { to: ['10.0.0.2'], keptBackAtMost: 268_435_456 });
});

test('a limit below the backlog is none, as Redis has it; Valkey names replicas otherwise', () => {
  assert.equal(under({ 'client-output-buffer-limit': 'slave 1048576 0 0' })?.keptBackAtMost, 67_108_864);
  assert.equal(
    under({ 'client-output-buffer-limit': 'normal 0 0 0 replica 99999999 0 0' })?.keptBackAtMost,
    99_999_999,
  );
});

test('nothing is sure where no limit is set, a replica may be kept busy soon, or the log does not tell', () => {
  assert.equal(under({ 'client-output-buffer-limit': 'slave 0 0 0' }), undefined);
  assert.equal(under({ 'client-output-buffer-limit': '' }), undefined);
  assert.equal(under({ 'busy-reply-threshold': '100' }), undefined);
  assert.equal(under({ loglevel: 'warning' }), undefined);
  assert.notEqual(under({ 'busy-reply-threshold': '0' }), undefined, 'never busy');
});
