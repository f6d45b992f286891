import { hasCode } from '../../internal/kube/errors.ts';

/**
 * Something was not so within its time. While other tests keep the processors busy that tells nothing of the product, so a step that
 * failed by nothing else is run once more, alone (`steps.ts`).
 */
export class DeadlineMissed extends Error {
  override readonly name = 'DeadlineMissed';
}

/** Throws DeadlineMissed unless `milliseconds` is below `limit`. */
export function assertShorter(milliseconds: number, limit: number, told: string): void {
  if (milliseconds >= limit) throw new DeadlineMissed(`${milliseconds} ms, not below ${limit}: ${told}`);
}

/** Measures until it is below `limit`, three times at most, for others may use the machine too; resolves to all that was measured. */
export async function upToThree(limit: number, measure: () => Promise<number>): Promise<readonly number[]> {
  const measured: number[] = [];
  while (measured.length < 3 && measured.every((each) => each >= limit)) measured.push(await measure());
  return measured;
}

/** Whether a test failed since a deadline was missed. What follows from another failure is no failure of its own: undefined. */
export function wasLate(error: unknown): boolean | undefined {
  if (!(error instanceof Error)) return false;
  if (error.name === 'DeadlineMissed') return true;
  // What a test asks of the API server, each with a limit of seconds.
  if (hasCode(error, 'timeout')) return true;
  // None of some tries went well.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(wasLate);
  const { failureType, cause } = error as Error & { readonly failureType?: string };
  if (failureType === undefined) return false;
  return consequences.has(failureType) ? undefined : wasLate(cause);
}

/** How node:test calls the failure of a suite whose test failed, and of a test whose `before` did. */
const consequences: ReadonlySet<string> = new Set(['subtestsFailed', 'cancelledByParent']);
