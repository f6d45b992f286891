/**
 * Whether one resourceVersion of an object is surely older than another. Within one API server's life they are numbers
 * that grow; of versions that are no numbers nothing can be said.
 */
export function isOlder(one: string, other: string): boolean {
  const [first, second] = [Number(one), Number(other)];
  return Number.isSafeInteger(first) && Number.isSafeInteger(second) && first < second;
}
