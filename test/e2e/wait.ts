import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineMissed } from '../suite/deadlines.ts';

/**
 * Resolves to the first value that `look` gives which is not undefined; rejects with DeadlineMissed after `seconds`, and tells
 * what was seen last. It looks again `pause` milliseconds after each look.
 */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
  seconds: number,
  pause = 300,
): Promise<Value> {
  const deadline = performance.now() + seconds * 1000;
  let last: unknown = 'nothing';
  while (performance.now() < deadline) {
    try {
      const value = await look();
      if (value !== undefined) return value;
    } catch (failure) {
      last = failure;
    }
    await sleep(pause);
  }
  throw new DeadlineMissed(`not within ${seconds} s: ${what}`, { cause: last });
}
