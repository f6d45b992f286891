import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Heart {
  /** Takes a pulse: resolves to how many milliseconds it took, and rejects when there is none any more. One asks at a time. */
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
  // Whoever asks for a pulse hears of it.
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  return {
    next: async () => {
      child.stdin.write('\n');
      return Number((await Promise.race([once(lines, 'line'), ended]))[0]);
    },
    stop: () => child.stdin.end(),
  };
}
