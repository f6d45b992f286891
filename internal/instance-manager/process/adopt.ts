import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { ProcessExit } from '../../control/protocol.ts';
import type { LeftProcess } from '../ports.ts';
import type { Libc, WaitStatus } from './libc.ts';
import { type Listener, Output } from './output.ts';
import { childOf, type OwnChild } from './spawn.ts';

/** What the kernel is asked and told about children. */
export interface Kernel {
  readonly libc: Libc;
  signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void;
  /** Calls whenever a child has ended, whichever it is; returns the function that ends it. */
  onChildEnd(listener: () => void): () => void;
}

/** Takes it over. It may have ended meanwhile: the kernel keeps its end until it is collected, here and nowhere else. */
export function adopt({ pid, run, outputs }: LeftProcess, listener: Listener, kernel: Kernel): OwnChild {
  const opened = outputs.map(({ fd, begun }) => {
    kernel.libc.keepAcrossExec(fd, 'closed');
    return new Output(new Socket({ fd, readable: true, writable: false }), listener, begun);
  });
  // Once it is collected its pid may be another's.
  let over = false;
  const exited = exitOf(pid, kernel).finally(() => {
    over = true;
  });
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    if (!over) kernel.signal(pid, name);
  };
  return childOf({ pid, run, exited, signal }, opened);
}

/** Nobody was told of an end while the program was being replaced: so it is looked for once. */
async function exitOf(pid: number, { libc, onChildEnd }: Kernel): Promise<ProcessExit> {
  const { promise, resolve } = Promise.withResolvers<ProcessExit>();
  const look = (): void => {
    const status = libc.collect(pid);
    if (status !== undefined) resolve(exitIn(status));
  };
  const stop = onChildEnd(look);
  look();
  const exit = await promise;
  stop();
  return exit;
}

const signalNames: ReadonlyMap<number, string> = new Map(
  // Of two names for one signal the first is the usual one.
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

export function exitIn(status: WaitStatus): ProcessExit {
  const number = status & 0x7f;
  return number === 0
    ? { code: (status >> 8) & 0xff, signal: undefined }
    : { code: undefined, signal: signalNames.get(number) ?? `signal ${number}` };
}
