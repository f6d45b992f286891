import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { ProcessExit } from '../../control/protocol.ts';
import { linesOf } from '../../kube/lines.ts';
import type { RunningProcess } from '../ports.ts';

/**
 * Starts `command` as our child, its standard output and error as lines to `onLine`. Rejects when it cannot be started.
 * Nothing secret may be in `args`: every process of the pod can read them.
 */
export async function start(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<RunningProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
  const exited = exitOf(child);
  const silent = Promise.allSettled([readLines(child.stdout, onLine), readLines(child.stderr, onLine)]);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} was started without a pid`);
  return {
    pid,
    run: randomUUID(),
    exited,
    silent: silent.then(() => undefined),
    signal: (name) => void child.kill(name),
  };
}

/** The end of the process itself: its output may stay open longer, in a child that was writing a snapshot. */
async function exitOf(child: ChildProcess): Promise<ProcessExit> {
  const { promise, resolve } = Promise.withResolvers<ProcessExit>();
  child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  return await promise;
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of linesOf(stream)) onLine(line);
}
