import type { Facts, FactsCell } from './facts.ts';

/** Whether it became true before `limit` aborted. */
export async function untilTrue(
  holds: (facts: Facts) => boolean,
  cell: FactsCell,
  limit: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const stop = cell.listen(() => {
    if (holds(cell.current)) resolve();
  });
  limit.addEventListener('abort', end, { once: true });
  if (!holds(cell.current) && !limit.aborted) await promise;
  limit.removeEventListener('abort', end);
  stop();
  return holds(cell.current);
}
