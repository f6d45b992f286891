import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Heart {
  /** Resolves to how many milliseconds the next pulse took; rejects when there is none any more. */
  next(): Promise<number>;
  stop(): void;
}

/**
 * Starts a process that tells how busy the machine is (`pulse.ts`), in a session of its own, as everything has one that is to be
 * given a processor in time. It ends with us at the latest.
 */
export function startHeart(): Heart {
  const program = join(import.meta.dirname, 'pulse.ts');
  const child = spawn(process.execPath, [program], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
  // Whoever waits for the next pulse hears of it.
  ended.catch(() => undefined);
  return {
    next: async () => Number((await Promise.race([once(lines, 'line'), ended]))[0]),
    stop: () => child.stdin.end(),
  };
}
