const binary: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** The form of a Kubernetes quantity. Negative ones exist but mean nothing here. */
export const quantityPattern = /^\+?(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d{1,2})|([KMGTPE]i)|([numkMGTPE]))?$/;

/** Whole units of a Kubernetes quantity, a fraction rounded up as Kubernetes does; undefined when the text is none. */
export function parseQuantity(text: string): bigint | undefined {
  const parts = quantityPattern.exec(text);
  if (parts === null) return undefined;
  const [, digits = '', exponent, binarySuffix, decimalSuffix = ''] = parts;
  const [whole = '', fraction = ''] = digits.split('.');
  const scaled = BigInt(`${whole}${fraction}` || '0');
  const factor = binarySuffix === undefined ? undefined : binary[binarySuffix];
  const power =
    (exponent === undefined ? (decimal[decimalSuffix] ?? 0) : Number(exponent.slice(1))) - fraction.length;
  if (factor !== undefined) return divideUp(scaled * factor, 10n ** BigInt(fraction.length));
  return power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power));
}

const divideUp = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor;
