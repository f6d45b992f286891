/** The middle one; of an even number, the lower of the two. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** One line: what, the median with its unit and count, and what it is to be compared with. */
export function print(what: string, values: readonly number[], unit: string, beside: string): void {
  const figure = `${median(values).toFixed(2)} ${unit}`;
  const range = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}, n = ${values.length}`;
  console.log(`  ${what.padEnd(44)} ${figure.padStart(14)}  (${range})  ${beside}`);
}
