import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ProcessExit } from '../../control/protocol.ts';
import type { LeftOutput, RunningProcess } from '../ports.ts';
import { type Listener, Output } from './output.ts';

/** A child that another program may take over from us, with our pid: see docs/adr/0007-managers-replaced-in-place.md. */
export interface OwnChild extends RunningProcess {
  /** Its outputs that are still open. */
  readonly left: readonly LeftOutput[];
}

/**
 * Starts `command` as our child, its standard output and error as lines to the listener. Rejects when it cannot be started.
 * Nothing secret may be in `args`: every process of the pod can read them.
 */
export async function start(command: string, args: readonly string[], listener: Listener): Promise<OwnChild> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
  const exited = exitOf(child);
  // Node makes them sockets, and says less.
  const outputs = [child.stdout, child.stderr].map((stream) => new Output(stream as Socket, listener));
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} was started without a pid`);
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => void child.kill(name);
  return childOf({ pid, run: randomUUID(), exited, signal }, outputs);
}

/** A child together with its outputs. */
export const childOf = (child: Omit<RunningProcess, 'silent'>, outputs: readonly Output[]): OwnChild => ({
  ...child,
  // Whoever hears of its end has heard what it said before.
  exited: child.exited.finally(() => {
    for (const output of outputs) output.hurry();
  }),
  silent: Promise.all(outputs.map(({ silent }) => silent)).then(() => undefined),
  get left() {
    return outputs.flatMap(({ left }) => left ?? []);
  },
});

/** The end of the process itself: its output may stay open longer, in a child that was writing a snapshot. */
async function exitOf(child: ChildProcess): Promise<ProcessExit> {
  const { promise, resolve } = Promise.withResolvers<ProcessExit>();
  child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  return await promise;
}
