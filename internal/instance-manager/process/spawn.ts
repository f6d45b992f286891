import { spawn } from 'node:child_process';
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
  const exited = exitOf(child.stdout, child.stderr, onLine, once(child, 'close'));
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} was started without a pid`);
  return { pid, exited, signal: (name) => void child.kill(name) };
}

async function exitOf(
  stdout: Readable,
  stderr: Readable,
  onLine: (line: string) => void,
  closed: Promise<unknown[]>,
): Promise<ProcessExit> {
  const read = async (stream: Readable): Promise<void> => {
    for await (const line of linesOf(stream)) onLine(line);
  };
  const reading = Promise.allSettled([read(stdout), read(stderr)]);
  const [code, signal] = await closed;
  await reading;
  return {
    code: typeof code === 'number' ? code : undefined,
    signal: typeof signal === 'string' ? signal : undefined,
  };
}
