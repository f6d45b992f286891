import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareQuantities, parseQuantity } from './quantity.ts';

test('a quantity is read in bytes, whatever it is written in', () => {
  const amounts: Readonly<Record<string, bigint>> = {
    '0': 0n,
    '1': 1n,
    '+1': 1n,
    '512': 512n,
    '1k': 1000n,
    '1Ki': 1024n,
    '1.5Gi': 1_610_612_736n,
    '.5Mi': 524_288n,
    '5.': 5n,
    '1e3': 1000n,
    '1E3': 1000n,
    '1E': 10n ** 18n,
    '2Ei': 2n ** 61n,
    '12e-1': 2n,
    '100m': 1n,
    '1500m': 2n,
    '1n': 1n,
  };
  for (const [text, bytes] of Object.entries(amounts)) assert.equal(parseQuantity(text), bytes, text);
});

test('what is no quantity is none', () => {
  const wrong = [
    '',
    ' ',
    '1 Gi',
    'Gi',
    '-1',
    '1GB',
    '1KI',
    '1ki',
    '1e',
    '1e333',
    '0x10',
    '1,5',
    '1.5.5',
    'NaN',
    '١',
  ];
  for (const text of wrong) assert.equal(parseQuantity(text), undefined, text);
  assert.equal(compareQuantities('1', 'x'), undefined);
  assert.equal(compareQuantities('x', '1'), undefined);
});

const whole = fc.bigInt({ min: 0n, max: 10n ** 20n });

test('any whole number is itself, times what its suffix stands for', () => {
  const law = fc.property(whole, (count) => {
    assert.equal(parseQuantity(String(count)), count);
    assert.equal(parseQuantity(`${count}Mi`), count * 2n ** 20n);
    assert.equal(parseQuantity(`${count}G`), count * 10n ** 9n);
    assert.equal(parseQuantity(`${count}e2`), count * 100n);
  });
  fc.assert(law, { seed: 1 });
});

test('fractions are rounded up, never to less than was asked for', () => {
  const law = fc.property(whole, fc.integer({ min: 0, max: 999 }), (count, thousandths) => {
    const fraction = String(thousandths).padStart(3, '0');
    assert.equal(parseQuantity(`${count}.${fraction}`), count + (thousandths === 0 ? 0n : 1n));
    assert.equal(
      parseQuantity(`${count * 1000n + BigInt(thousandths)}m`),
      count + (thousandths === 0 ? 0n : 1n),
    );
  });
  fc.assert(law, { seed: 1 });
});

test('quantities are compared exactly, in whatever they are written', () => {
  assert.equal(compareQuantities('1024Mi', '1Gi'), 0);
  assert.equal(compareQuantities('0.1', '100m'), 0);
  assert.equal(compareQuantities('1.0000000001', '1'), 1);
  const law = fc.property(whole, whole, (a, b) => {
    const expected = a < b ? -1 : a > b ? 1 : 0;
    assert.equal(compareQuantities(String(a), String(b)), expected);
    assert.equal(compareQuantities(`${a}Ki`, String(b * 1024n)), expected);
    assert.equal(compareQuantities(`${a * 1000n}m`, String(b)), expected);
  });
  fc.assert(law, { seed: 1 });
});
