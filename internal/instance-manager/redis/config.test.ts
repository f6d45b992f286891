import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closedGate } from '../decide.ts';
import {
  backlogSize,
  type RedisSettings,
  redisDirectives,
  renderRedisConf,
  renderWithoutSecrets,
  staleDataWanted,
  wordsOf,
} from './config.ts';

const settings: RedisSettings = {
  persistence: 'aof',
  directives: {},
  maxMemory: undefined,
  maxMemoryPolicy: undefined,
  announceIp: '10.0.0.7',
  listenAddress: undefined,
  port: 6379,
  dataFolder: '/data',
  socketPath: '/run/redis/redis.sock',
  shutdownSeconds: 10,
};
const passwords = ['secret'];
const linesWith = (taken: readonly string[]): readonly string[] =>
  renderRedisConf(settings, { passwords: taken }).split('\n');
const linesOf = (change: Partial<RedisSettings>): readonly string[] =>
  renderRedisConf({ ...settings, ...change }, { passwords }).split('\n');

/** The words of a line as redis-server takes it apart, written after its own description; undefined when it would refuse. */
function asRedisReads(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const [whole, double, single, bare] =
      /^(?:"((?:[^"\\]|\\[\s\S])*)"(?=\s|$)|'((?:[^'\\]|\\')*)'(?=\s|$)|([^\s"']+)(?=\s|$))/.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    words.push(double === undefined ? (single?.replaceAll("\\'", "'") ?? bare ?? '') : unquoted(double));
    rest = rest.slice(whole.length).trimStart();
  }
  return words;
}

const unquoted = (text: string): string =>
  text.replace(/\\(x[0-9a-f]{2}|[\s\S])/g, (_whole, meant: string) =>
    meant.length === 3 ? String.fromCharCode(Number.parseInt(meant.slice(1), 16)) : (breaks[meant] ?? meant),
  );
const breaks: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\u0007' };

const anyText = fc.string({ unit: 'binary' });

test('whatever the password is, it is one word of its line, and begins no other directive (I2)', () => {
  const law = fc.property(anyText, (password) => {
    const lines = linesWith([password]);
    assert.equal(lines.length, linesWith(passwords).length);
    const line = lines.find((one) => one.startsWith('requirepass')) ?? '';
    assert.deepEqual(asRedisReads(line), ['requirepass', password]);
  });
  fc.assert(law, { seed: 1, numRuns: 500 });
  const sly = linesWith(['x\nmin-replicas-to-write 0\nrequirepass ""']);
  assert.equal(sly.filter((line) => line.startsWith('min-replicas-to-write')).length, 1);
});

test('where several passwords are taken, each is one word of the line of the user who takes them', () => {
  const law = fc.property(fc.uniqueArray(anyText, { minLength: 2, maxLength: 4 }), (taken) => {
    const read = linesWith(taken).map(asRedisReads);
    assert.deepEqual(read[0], ['requirepass', taken[0]]);
    assert.deepEqual(read[1], ['masterauth', taken[0]]);
    const words = ['user', 'default', 'on', ...taken.map((password) => `>${password}`), '~*', '&*', '+@all'];
    assert.deepEqual(read[2], words);
  });
  fc.assert(law, { seed: 1, numRuns: 300 });
});

test('every directive is read back as it was meant, whatever the user gives', () => {
  const given = fc.dictionary(
    fc.constantFrom('timeout', 'save', 'syslog-ident', 'proc-title-template'),
    anyText,
  );
  const law = fc.property(given, (directives) => {
    const meant = redisDirectives({ ...settings, directives });
    const lines = renderWithoutSecrets({ ...settings, directives })
      .split('\n')
      .slice(0, -1);
    assert.deepEqual(
      lines.map(asRedisReads),
      meant.map(({ name, words }) => [name, ...words]),
    );
  });
  fc.assert(law, { seed: 1, numRuns: 300 });
});

test('the last word on writes is that there are none, whatever the user sets: it always boots fenced (I2)', () => {
  const directives = { 'min-replicas-to-write': '0', timeout: '0' };
  assert.equal(linesOf({ directives }).at(-2), `min-replicas-to-write ${closedGate}`);
});

test('a value is split into words as redis-server would split it', () => {
  const values: Readonly<Record<string, readonly string[]>> = {
    '900 1 300 10': ['900', '1', '300', '10'],
    '  a   b ': ['a', 'b'],
    '': [''],
    '""': [''],
    '"two words" three': ['two words', 'three'],
    "'single quoted' x": ['single quoted', 'x'],
    '"a \\"quote\\""': ['a "quote"'],
    "'it\\'s'": ["it's"],
    '"line\\nbreak \\x41"': ['line\nbreak A'],
    'käse 漢字': ['käse', '漢字'],
  };
  for (const [value, words] of Object.entries(values)) assert.deepEqual(wordsOf(value), words, value);
  const plain = fc.array(fc.stringMatching(/^[a-zA-Z0-9._/:-]{1,8}$/), { minLength: 1 });
  fc.assert(
    fc.property(plain, (words) => assert.deepEqual(wordsOf(words.join(' ')), words)),
    { seed: 1 },
  );
});

test("the user's directives come after our defaults, so that they win", () => {
  const lines = linesOf({ directives: { 'repl-timeout': '60', save: '' } });
  assert.ok(lines.lastIndexOf('repl-timeout 60') > lines.indexOf('repl-timeout 10'));
  assert.ok(lines.includes('save ""'));
});

test('each kind of persistence says what is kept', () => {
  const kept = (persistence: RedisSettings['persistence']): readonly string[] =>
    linesOf({ persistence }).filter((line) => /^(appendonly|save) /.test(line));
  assert.deepEqual(kept('aof'), ['appendonly yes', 'save ""']);
  assert.deepEqual(kept('rdb'), ['appendonly no', 'save 3600 1 300 100 60 10000']);
  assert.deepEqual(kept('none'), ['appendonly no', 'save ""']);
});

test('a replica without its primary serves nothing that may be long outdated, and history is kept for all', () => {
  // While it follows nobody it is no replica: then it may answer.
  for (const line of ['replica-serve-stale-data yes', 'repl-backlog-ttl 0', 'repl-diskless-sync-delay 0'])
    assert.ok(linesOf({}).includes(line), line);
  assert.equal(staleDataWanted({}), 'no');
});

test('memory is limited where a limit is given, and nowhere else', () => {
  const limits = (change: Partial<RedisSettings>): readonly string[] =>
    linesOf(change).filter((line) => line.startsWith('maxmemory'));
  assert.deepEqual(limits({}), []);
  assert.deepEqual(limits({ maxMemory: 5n * 2n ** 30n, maxMemoryPolicy: 'allkeys-lru' }), [
    'maxmemory 5368709120',
    'maxmemory-policy allkeys-lru',
  ]);
});

test('the backlog is 64 MiB, or a tenth of a small memory, and never less than 1 MiB', () => {
  const mebibyte = 2n ** 20n;
  assert.equal(backlogSize(undefined), 64n * mebibyte);
  assert.equal(backlogSize(100n * 2n ** 30n), 64n * mebibyte);
  assert.equal(backlogSize(100n * mebibyte), 10n * mebibyte);
  assert.equal(backlogSize(mebibyte), mebibyte);
});

test('it listens everywhere, or at the one address that is given', () => {
  assert.ok(linesOf({}).some((line) => /^bind "?\*"? "?-::\*"?$/.test(line)));
  assert.ok(linesOf({ listenAddress: '127.0.0.2' }).includes('bind 127.0.0.2'));
});
