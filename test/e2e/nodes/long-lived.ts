import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { eventually } from '../wait.ts';

/** What one client saw; a connection that ends between two commands is no error. */
interface Seen {
  readonly errors: string[];
  lastAt: number;
  longestGap: number;
}

/** Clients that keep their connection, and make it again as their library does: each writes every 20 ms. */
export async function longLived(count: number, host: string, password: string) {
  let ended: number | undefined;
  const seen: Seen[] = [];
  const run = async (number: number, each: Seen): Promise<void> => {
    // What is not answered by then counts as an error.
    const client = new Redis({ host, password, connectTimeout: 1000, commandTimeout: 3000 });
    client.on('error', () => undefined);
    for (let key = 0; ended === undefined; key += 1) {
      try {
        await client.set(`client:${number}`, key);
        each.longestGap = Math.max(each.longestGap, performance.now() - each.lastAt);
        each.lastAt = performance.now();
      } catch (failure) {
        each.errors.push(String(failure));
      }
      await sleep(20);
    }
    client.disconnect();
  };
  const running = Array.from({ length: count }, (_, number) => {
    const each: Seen = { errors: [], lastAt: performance.now(), longestGap: 0 };
    seen.push(each);
    return run(number, each);
  });
  await eventually(
    'all write',
    async () => (seen.every(({ longestGap }) => longestGap > 0) ? true : undefined),
    20,
  );
  for (const each of seen) each.longestGap = 0;
  return {
    seen,
    endedAt: (): number => ended ?? performance.now(),
    end: async (): Promise<void> => {
      ended = performance.now();
      await Promise.all(running);
    },
  };
}
