import { type ChildProcess, spawn } from 'node:child_process';
import { setSessionNiceness } from '../cluster/session-niceness.ts';

/** What becomes of its output: seen at once, or kept until it has ended. */
export type Output = 'inherit' | 'pipe';

export interface Job {
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly output: Output;
  /** It only computes, so it takes what the others leave of the processors. */
  readonly isPatient: boolean;
}

export interface Ended {
  readonly exitCode: number | null;
  /** Empty where the output was seen at once. */
  readonly printed: string;
}

const running = new Set<number>();

/**
 * Runs a command in a session of its own. Linux shares the processors between sessions first (sched_autogroup): in one, all
 * tests together would get as much as a single kubelet, and what counts milliseconds would wait for what computes.
 * SIGINT and SIGTERM are passed on to all that run.
 */
export async function runInSession({ command, environment, output, isPatient }: Job): Promise<Ended> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', output, output], env: environment, detached: true });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(chunk));
  child.on('error', reject);
  child.on('close', resolve);
  remember(child);
  if (isPatient && child.pid !== undefined) setSessionNiceness(child.pid, '19');
  return { exitCode: await promise, printed: Buffer.concat(printed).toString() };
}

function remember(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  running.add(pid);
  child.on('close', () => running.delete(pid));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const pid of running) process.kill(-pid, signal);
    process.exit(1);
  });
}
