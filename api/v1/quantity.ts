/** The form of a Kubernetes quantity. Negative ones exist but mean nothing here. */
export const quantityPattern =
  /^[+]?([0-9]+([.][0-9]*)?|[.][0-9]+)(([KMGTPE]i)|([numkMGTPE])|([eE][+-]?[0-9]{1,2}))?$/;

const powersOfTwo: Readonly<Record<string, bigint>> = {
  Ki: 10n,
  Mi: 20n,
  Gi: 30n,
  Ti: 40n,
  Pi: 50n,
  Ei: 60n,
};
const powersOfTen: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** An exact number: `numerator` divided by `denominator`, which is more than 0. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Whole units of a quantity (bytes, of memory), a fraction rounded up as Kubernetes does; undefined when it is none. */
export function parseQuantity(text: string): bigint | undefined {
  const exact = exactly(text);
  if (exact === undefined) return undefined;
  return (exact.numerator + exact.denominator - 1n) / exact.denominator;
}

/** Less than 0 when `one` is less than `other`, 0 when they are the same; undefined when either is no quantity. */
export function compareQuantities(one: string, other: string): number | undefined {
  const [a, b] = [exactly(one), exactly(other)];
  if (a === undefined || b === undefined) return undefined;
  const [left, right] = [a.numerator * b.denominator, b.numerator * a.denominator];
  return left < right ? -1 : Number(left > right);
}

function exactly(text: string): Fraction | undefined {
  const [, digits = '', , , binary, decimal, exponent] = quantityPattern.exec(text) ?? [];
  if (digits === '') return undefined;
  const [whole = '', fraction = ''] = digits.split('.');
  const scaled = BigInt(`${whole}${fraction}`);
  const places = 10n ** BigInt(fraction.length);
  if (binary !== undefined) return { numerator: scaled << (powersOfTwo[binary] ?? 0n), denominator: places };
  const power = exponent === undefined ? (powersOfTen[decimal ?? ''] ?? 0) : Number(exponent.slice(1));
  return power >= 0
    ? { numerator: scaled * 10n ** BigInt(power), denominator: places }
    : { numerator: scaled, denominator: places * 10n ** BigInt(-power) };
}
