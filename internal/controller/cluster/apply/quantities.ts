/** Powers of ten and of two that a Kubernetes quantity may end in. */
const suffixes: Readonly<Record<string, readonly [base: bigint, exponent: bigint]>> = {
  n: [10n, -9n],
  u: [10n, -6n],
  m: [10n, -3n],
  '': [10n, 0n],
  k: [10n, 3n],
  M: [10n, 6n],
  G: [10n, 9n],
  T: [10n, 12n],
  P: [10n, 15n],
  E: [10n, 18n],
  Ki: [2n, 10n],
  Mi: [2n, 20n],
  Gi: [2n, 30n],
  Ti: [2n, 40n],
  Pi: [2n, 50n],
  Ei: [2n, 60n],
};

/** Whether two texts are quantities of the same amount, as `1Gi` and `1024Mi`, or `0.1` and `100m`. */
export function sameQuantity(left: unknown, right: unknown): boolean {
  const amount = nanoUnits(left);
  return amount !== undefined && amount === nanoUnits(right);
}

/** A quantity in billionths of its unit, the finest that Kubernetes keeps; undefined when the text is none. */
function nanoUnits(quantity: unknown): bigint | undefined {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(
    String(quantity),
  );
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = parts ?? [];
  const scale = suffixes[suffix];
  if (parts === null || scale === undefined || whole + fraction === '') return undefined;
  const [base, power] = exponent === undefined ? scale : [10n, BigInt(exponent)];
  // Nine more zeros than nano needs, so that a fraction times a power of two keeps its digits.
  const digits = BigInt(whole + fraction) * 10n ** 18n;
  const scaled = power < 0n ? digits / base ** -power : digits * base ** power;
  const amount = scaled / 10n ** BigInt(fraction.length) / 10n ** 9n;
  return sign === '-' ? -amount : amount;
}
