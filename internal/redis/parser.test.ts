import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeCommand } from './encode.ts';
import { ProtocolError, ReplyParser } from './parser.ts';
import { type Reply, ReplyError } from './reply.ts';

const parseAll = (...chunks: readonly (string | Buffer)[]): readonly Reply[] => {
  const parser = new ReplyParser();
  return chunks.flatMap((chunk) => parser.push(Buffer.from(chunk)));
};

test('every kind of reply is read, of RESP2 and of RESP3', () => {
  const replies: Readonly<Record<string, Reply>> = {
    '+OK\r\n': 'OK',
    '+\r\n': '',
    ':7\r\n': 7,
    ':-7\r\n': -7,
    ':+7\r\n': 7,
    '(+7\r\n': 7n,
    ':9223372036854775807\r\n': 9_223_372_036_854_775_807n,
    '$3\r\nabc\r\n': 'abc',
    '$0\r\n\r\n': '',
    '$4\r\na\r\nb\r\n': 'a\r\nb',
    '$-1\r\n': null,
    '*-1\r\n': null,
    '*0\r\n': [],
    '*2\r\n$1\r\na\r\n*1\r\n:1\r\n': ['a', [1]],
    '_\r\n': null,
    '#t\r\n': true,
    '#f\r\n': false,
    ',1.5\r\n': 1.5,
    ',-inf\r\n': Number.NEGATIVE_INFINITY,
    '(123456789012345678901234567890\r\n': 123_456_789_012_345_678_901_234_567_890n,
    '=7\r\ntxt:abc\r\n': 'abc',
    '%1\r\n+a\r\n:1\r\n': ['a', 1],
    '~2\r\n+a\r\n+b\r\n': ['a', 'b'],
  };
  for (const [bytes, reply] of Object.entries(replies)) assert.deepEqual(parseAll(bytes), [reply], bytes);
  assert.deepEqual(parseAll(',nan\r\n'), [Number.NaN]);
});

test('an error is a value with its first word as its code, also within a list', () => {
  const [error, list] = parseAll('-NOREPLICAS Not enough good replicas\r\n*1\r\n!8\r\nERR oops\r\n');
  assert.ok(error instanceof ReplyError && Array.isArray(list) && list[0] instanceof ReplyError);
  assert.deepEqual([error.code, error.message], ['NOREPLICAS', 'NOREPLICAS Not enough good replicas']);
  assert.deepEqual([list[0].code, list[0].message], ['ERR', 'ERR oops']);
});

test('what is pushed out of band is no answer to anybody', () => {
  assert.deepEqual(parseAll('>2\r\n+invalidate\r\n*0\r\n+OK\r\n'), ['OK']);
});

test('bytes that are no RESP end the connection', () => {
  const deep = `${'*1\r\n'.repeat(40)}:1\r\n`;
  const noLength = ['$x', '$', '$-2', '$ 1', '$0x1', '*1.5', '*1e1', '*'];
  const noNumber = [':x', ':', ':1.5', ': 1', '(1.5', '(', '(x', ',x', ','];
  for (const bytes of ['HTTP/1.1 400', '', ...noLength, ...noNumber].map((start) => `${start}\r\n`))
    assert.throws(() => parseAll(bytes), ProtocolError, JSON.stringify(bytes));
  assert.throws(() => parseAll(deep), ProtocolError);
});

test('half a reply is kept until the rest comes', () => {
  const parser = new ReplyParser();
  assert.deepEqual(parser.push(Buffer.from('*2\r\n$5\r\nab')), []);
  assert.deepEqual(parser.push(Buffer.from('cde\r\n')), []);
  assert.deepEqual(parser.push(Buffer.from(':1\r\n+O')), [['abcde', 1]]);
  assert.deepEqual(parser.push(Buffer.from('K\r\n')), ['OK']);
});

const text = fc.string({ unit: 'grapheme' });
const line = fc.string({ unit: 'grapheme-ascii' });
const reply = fc.letrec<{ readonly node: Reply }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    line.map((message) => new ReplyError(`ERR ${message}`)),
    fc.array(tie('node'), { maxLength: 5 }),
  ),
})).node;

function encoded(value: Reply): string {
  if (value === null) return '_\r\n';
  if (typeof value === 'string') return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  if (typeof value === 'boolean') return `#${value ? 't' : 'f'}\r\n`;
  if (typeof value === 'number' || typeof value === 'bigint') return `:${value}\r\n`;
  if (value instanceof ReplyError) return `-${value.message}\r\n`;
  return `*${value.length}\r\n${value.map(encoded).join('')}`;
}

test('replies are read the same however the bytes are cut, within a character too', () => {
  const law = fc.property(fc.array(reply, { maxLength: 5 }), fc.array(fc.nat()), (replies, cuts) => {
    const bytes = Buffer.from(replies.map(encoded).join(''));
    assert.deepEqual(parseAll(bytes), replies);
    const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
    const pieces = [0, ...places].map((start, index) => bytes.subarray(start, places[index]));
    assert.deepEqual(parseAll(...pieces), replies);
  });
  fc.assert(law, { seed: 1, numRuns: 300 });
});

test('replies that come byte by byte are read as they come, each as soon as it is whole', () => {
  const bytes = Buffer.from(encoded(['ä', [1, null], new ReplyError('ERR x')]));
  const parser = new ReplyParser();
  const seen = [...bytes].map((byte) => parser.push(Buffer.from([byte])));
  assert.deepEqual(seen.flat(), [['ä', [1, null], new ReplyError('ERR x')]]);
  assert.equal(seen.at(-1)?.length, 1);
});

test('a command is read back as its words, whatever is in them', () => {
  const law = fc.property(fc.array(text, { minLength: 1 }), (words) => {
    assert.deepEqual(parseAll(encodeCommand(words)), [words]);
  });
  fc.assert(law, { seed: 1 });
  assert.equal(encodeCommand(['SET', 'ключ', '']), '*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$0\r\n\r\n');
});

test('whatever bytes come, they are replies, unfinished, or no RESP: nothing else is thrown', () => {
  const noise = fc.array(
    fc.oneof(
      fc.constantFrom(...['*', '$', ':', '+', '-', '%', '(', ',', '\r\n', '1', '-1', '99999999999']),
      line,
    ),
  );
  const law = fc.property(noise, (pieces) => {
    try {
      parseAll(pieces.join(''));
    } catch (failure) {
      assert.ok(failure instanceof ProtocolError, String(failure));
    }
  });
  fc.assert(law, { seed: 1, numRuns: 2000 });
});
