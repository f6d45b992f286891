import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** How much of the processors a command may have while others want them too, as the niceness of it and its children. */
export const niceness = {
  /** What is on time on a node of its own, and is waited for within a second or two. */
  first: -10,
  fair: 0,
  /** What only computes takes what nobody else wants. */
  last: constants.priority.PRIORITY_LOW,
} as const;
export type Turn = keyof typeof niceness;

export const sessionFile = (pid: number): string => `/proc/${pid}/autogroup`;

/** Gives a process and its session their turn; whether they have it now. A fair one they have from the beginning. */
export function giveTurn(pid: number, turn: Turn = 'fair'): boolean {
  if (turn === 'fair') return true;
  try {
    setPriority(pid, niceness[turn]);
    if (existsSync(sessionFile(pid))) writeFileSync(sessionFile(pid), String(niceness[turn]));
    return true;
  } catch {
    return false; // It takes CAP_SYS_NICE to come first; and a container's /proc may be there to be read alone.
  }
}
