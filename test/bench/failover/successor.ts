import { setTimeout as sleep } from 'node:timers/promises';
import { type Acknowledged, keepWriting, pinned, type Target } from './writer.ts';

/** The first write that another server acknowledged, and where it is. */
export interface Successor extends Acknowledged {
  readonly host: string;
}

export interface SuccessorWatch {
  /** Resolves to undefined when nobody takes over in time. */
  within(seconds: number): Promise<Successor | undefined>;
  /** Ends the writing: it goes on at the successor until then. */
  stop(): Promise<void>;
}

/** Writes to each of the hosts about every millisecond, none of which is the primary, until one of them takes it. */
export function watchForSuccessor(
  hosts: readonly string[],
  password: string | undefined,
  signal?: AbortSignal,
): SuccessorWatch {
  const stopping = new AbortController();
  const end = signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
  const { promise, resolve } = Promise.withResolvers<Successor>();
  const writers = hosts.map((host) => {
    const target: Target = { host, password };
    return keepWriting(target, pinned, (write) => resolve({ ...write, host }), end);
  });
  return {
    within: async (seconds) => {
      const waiting = new AbortController();
      const limit = sleep(seconds * 1000, undefined, { signal: waiting.signal }).catch(() => undefined);
      const found = await Promise.race([promise, limit]);
      waiting.abort();
      return found;
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(writers);
    },
  };
}
