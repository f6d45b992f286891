import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** How much of the processors a command may have while others want them too, as the niceness of it and its children. */
export const niceness = {
  /** What holds leases of a second or two is given a processor as soon as it wants one, as it is where it has a node to itself. */
  first: -10,
  fair: 0,
  /** What only computes takes what nobody else wants. */
  last: constants.priority.PRIORITY_LOW,
} as const;
export type Turn = keyof typeof niceness;

const running = new Set<ChildProcess>();

/**
 * Starts a command in a session of its own. A priority counts within a session: where the kernel schedules sessions against one
 * another (CONFIG_SCHED_AUTOGROUP) all of a session weigh as much as one API server, and what computes as much as what waits.
 */
export function startSession(
  program: string,
  args: readonly string[],
  turn: Turn,
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(program, args, { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  running.add(child);
  child.once('close', () => running.delete(child));
  if (turn !== 'fair' && !setNiceness(pid, niceness[turn]))
    console.log(`${program} may not come ${turn} here: ${sessionFile(pid)}`);
  return child;
}

export const sessionFile = (pid: number): string => `/proc/${pid}/autogroup`;

/** Whether process and session have it now. */
export function setNiceness(pid: number, value: number): boolean {
  try {
    setPriority(pid, value);
    if (existsSync(sessionFile(pid))) writeFileSync(sessionFile(pid), String(value));
    return true;
  } catch {
    return false; // It takes CAP_SYS_NICE to come first; and a container's /proc may be there to be read alone.
  }
}

/** Whoever ends us at a terminal does not end what has a session of its own: we do, however we end in order. */
export function endSessionsWithUs(): void {
  process.on('exit', () => {
    for (const { pid } of running) end(pid);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}

/** Ends the process and those of its children that have not left its group. */
function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has just ended.
  }
}
