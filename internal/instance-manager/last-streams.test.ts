import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { redis as loaded } from './facts.fixture.ts';
import { lastStreams } from './last-streams.ts';
import { readSocketBytes } from './socket-bytes.ts';

const streams = { to: ['10.0.0.2'], keptBackAtMost: 9 };
const redis = { ...loaded, streams };
const seen = { redis, lookedAt: moment(1000), lastWordAt: moment(999) };
const now = moment(2000);

test('whoever was streamed to when a redis-server was looked at, and of whom it said nothing since, was so to its end', () => {
  assert.deepEqual(lastStreams(seen, true, now), streams);
  assert.deepEqual(lastStreams({ ...seen, lastWordAt: undefined }, true, now), streams);
});

test('a word since the look was asked for, a log that was not read to its end, or an old look makes it unsure', () => {
  assert.equal(lastStreams({ ...seen, lastWordAt: moment(1000) }, true, now), undefined);
  assert.equal(lastStreams(seen, false, now), undefined);
  assert.equal(lastStreams(seen, true, moment(3501)), undefined);
  assert.equal(lastStreams({ ...seen, lookedAt: undefined }, true, now), undefined);
  assert.equal(lastStreams({ ...seen, redis: undefined }, true, now), undefined);
  const replica = { ...redis, follows: { host: '10.0.0.3', port: 6379 } };
  assert.equal(lastStreams({ ...seen, redis: replica }, true, now), undefined);
});

test('the most that a socket holds is what the kernel says, or nobody knows', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'ipv4-'));
  context.after(() => rm(folder, { recursive: true }));
  assert.equal(await readSocketBytes(folder), undefined);
  await writeFile(join(folder, 'tcp_wmem'), '4096\t16384\t4194304\n');
  await writeFile(join(folder, 'tcp_rmem'), '4096\t131072\t6291456\n');
  assert.deepEqual(await readSocketBytes(folder), { send: 4_194_304, receive: 6_291_456 });
});
