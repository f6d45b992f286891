/** The middle one; of an even number, the lower of the two. NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that at least `share` of all are not above, by nearest rank. NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** One line: what, the median with its unit and count, and what it is to be compared with. */
export function print(what: string, values: readonly number[], unit: string, beside: string): void {
  const figure = `${median(values).toFixed(2)} ${unit}`;
  const range = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}, n = ${values.length}`;
  console.log(`  ${what.padEnd(44)} ${figure.padStart(14)}  (${range})  ${beside}`);
}

/** As `print`, of milliseconds whose tail matters: with the 99th percentile. Says so when there is nothing to tell of. */
export function printTail(what: string, values: readonly number[], beside: string): void {
  if (values.length === 0) {
    console.log(`  ${what.padEnd(44)} ${'not measured'.padStart(14)}  ${beside}`);
    return;
  }
  const figure = `${median(values).toFixed(1)} ms`;
  const tail = `p99 ${quantile(values, 0.99).toFixed(1)}, ${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
  console.log(`  ${what.padEnd(44)} ${figure.padStart(14)}  (${tail}, n = ${values.length})  ${beside}`);
}

/** How often something was seen, of how many times it could have been. */
export function printCount(what: string, count: number, of: number, beside: string): void {
  console.log(`  ${what.padEnd(44)} ${String(count).padStart(14)}  (of ${of})  ${beside}`);
}
