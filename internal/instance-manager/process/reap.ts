import { childrenOf } from './stat.ts';

/** Zombies whose parent is `self`: what the kernel has given to PID 1, and children of its own that have just ended. */
export const orphans = (self: number): readonly number[] =>
  childrenOf(self).flatMap(({ pid, stat }) => (stat.state === 'Z' ? [pid] : []));
