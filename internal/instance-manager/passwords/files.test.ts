import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { moment } from '../../time/units.ts';
import { renderRedisConf } from '../redis/config.ts';
import { settingsOf } from '../settings/wanted.ts';
import { PasswordsFile, parsePasswords, passwordOfConf } from './passwords-file.ts';
import { type PasswordReading, readPassword } from './read.ts';

const kindOf = (bytes: Uint8Array | string): PasswordReading['kind'] =>
  readPassword(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes).kind;

test('what nobody could log in with is no password', () => {
  for (const unusable of ['', ' \n', 'a\0b', 'x'.repeat(4097), new Uint8Array([0xc3, 0x28])])
    assert.equal(kindOf(unusable), 'unusable');
  assert.deepEqual(readPassword(new TextEncoder().encode('quite "a" #secret\n')), {
    kind: 'found',
    password: 'quite "a" #secret',
  });
  assert.ok(!JSON.stringify(readPassword(new TextEncoder().encode('hunter2\0'))).includes('hunter2'));
});

test('what is known of passwords is read back as it was written, by nobody else, and nothing else is read', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'passwords-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'passwords.json');
  const conf = join(folder, 'redis.conf');
  const file = new PasswordsFile(path, conf);
  assert.equal(await file.read(), undefined);
  await writeFile(conf, 'port 0\nrequirepass "a \\"b\\""\nmasterauth old\n');
  assert.deepEqual(await file.read(), { current: 'a "b"', former: [] }, 'of a manager that wrote no more');
  const known = { current: 'new', former: [{ password: 'a "b"', until: moment(12.5) }] };
  await file.write(known);
  assert.deepEqual(await file.read(), known);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder), ['passwords.json', 'redis.conf']);
  for (const text of ['', 'null', '[]', '{}', '{"current":""}', '{"current":"a","former":1}'])
    assert.equal(parsePasswords(text), undefined, text);
});

test('the password of a redis.conf is found there, whatever it is', () => {
  const spec = {
    persistence: 'none',
    directives: {},
    maxMemory: undefined,
    maxMemoryPercent: undefined,
    maxMemoryPolicy: undefined,
    memoryLimit: undefined,
    authSecret: undefined,
  } as const;
  const settings = settingsOf(spec, {
    announceIp: '10.0.0.7',
    listenAddress: undefined,
    port: 6379,
    dataFolder: '/data',
    socketPath: '/run/redis.sock',
    containerLimit: undefined,
  });
  const law = fc.property(fc.string({ minLength: 1, maxLength: 20 }), (password) => {
    const conf = renderRedisConf(settings, { passwords: [password, `${password}2`] });
    assert.deepEqual(passwordOfConf(conf), { current: password, former: [] });
  });
  fc.assert(law, { seed: 1, numRuns: 500 });
  assert.equal(passwordOfConf('port 0\n'), undefined);
});
