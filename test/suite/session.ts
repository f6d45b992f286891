import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { giveTurn, sessionFile, type Turn } from '../cluster/niceness.ts';

const running = new Set<ChildProcess>();

/**
 * Starts a command in a session of its own. A priority counts within a session: where the kernel schedules sessions against one
 * another (CONFIG_SCHED_AUTOGROUP) all of a session weigh as much as one API server, and what computes as much as what waits.
 */
export function startSession(
  program: string,
  args: readonly string[],
  turn: Turn | undefined,
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(program, args, { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  running.add(child);
  child.once('close', () => running.delete(child));
  if (!giveTurn(pid, turn)) console.log(`${program} may not come ${turn} here: ${sessionFile(pid)}`);
  return child;
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
