import type { ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const running = new Set<ChildProcess>();

/**
 * Lets a process that was spawned just now, detached, and its children have only what of the processors nobody else wants. A
 * priority counts within a session: where the kernel schedules sessions against one another (CONFIG_SCHED_AUTOGROUP) the
 * session has to be given one too, or what it computes weighs as much as a whole API server.
 */
export function yieldProcessors(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  running.add(child);
  child.once('close', () => running.delete(child));
  setPriority(pid, constants.priority.PRIORITY_LOW);
  if (!tellSession(pid))
    console.log(`what only computes does not yield to other sessions here: ${sessionFile(pid)}`);
}

export const sessionFile = (pid: number): string => `/proc/${pid}/autogroup`;

/** Whether the kernel was told, or needs not be. */
export function tellSession(pid: number): boolean {
  if (!existsSync(sessionFile(pid))) return true;
  try {
    writeFileSync(sessionFile(pid), String(constants.priority.PRIORITY_LOW));
    return true;
  } catch {
    return false; // A container's /proc may be there to be read alone.
  }
}

/** Whoever ends us at a terminal does not end what has a session of its own: we do, however we end in order. */
export function endYieldingWithUs(): void {
  process.on('exit', () => {
    for (const child of running) child.kill('SIGTERM');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}
