import type { Clock } from './clock.ts';
import type { Duration } from './units.ts';

/** Resolves, or rejects, as `work` does; after `limit` it resolves, and the work goes on. */
export async function atMost(
  limit: Duration,
  work: Promise<void>,
  clock: Pick<Clock, 'schedule'>,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.schedule(limit, resolve);
  await Promise.race([work.finally(cancel), promise]);
}
