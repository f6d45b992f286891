import { readFile, rm } from 'node:fs/promises';
import type { Kernel } from '../../../instance-manager/process/adopt.ts';
import { loadLibc } from '../../../instance-manager/process/libc.ts';
import { childrenOf, statOf } from '../../../instance-manager/process/stat.ts';
import {
  type Inheritance,
  type ProcessMark,
  parseInheritance,
} from '../../../instance-manager/upgrade/inheritance.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { milliseconds } from '../../../time/units.ts';
import { inheritancePath, type Layout } from './layout.ts';

interface Surroundings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly layout: Layout;
}

/** What was left to us, and the kernel that it is taken over with. */
export interface Inherited extends Inheritance {
  readonly kernel: Kernel;
}

/**
 * What the manager before this one in the same process has left; undefined for the first, which finds nothing. Whoever has
 * children and no inheritance, or one that cannot be read, knows nothing of a redis-server that may be taking writes: it
 * is ended, and the instance begins anew.
 */
export async function takeOver({ clock, log, layout }: Surroundings): Promise<Inherited | undefined> {
  const path = inheritancePath(layout);
  const written = await readFile(path, 'utf8').catch(() => undefined);
  await rm(path, { force: true });
  const left = written === undefined ? undefined : parseInheritance(written);
  if (left !== undefined && isOurs(left)) {
    log.info('this manager has taken the place of another one', { left: left.server.pid });
    return { ...left, kernel: kernelOf() };
  }
  const strays = childrenOf(process.pid);
  if (strays.length === 0) return undefined;
  log.error('what another manager has left cannot be read: its redis-server is ended', {
    pids: strays.map(({ pid }) => pid),
  });
  await endAll(clock);
  return undefined;
}

/** A process keeps pid and time of start when its program is replaced, and its children. */
const isOurs = ({ manager, server }: Inheritance): boolean =>
  manager.pid === process.pid &&
  isThere(manager) &&
  isThere(server) &&
  statOf(server.pid)?.parent === process.pid;

const isThere = ({ pid, startedTicks }: ProcessMark): boolean => statOf(pid)?.startedTicks === startedTicks;

const lookEvery = milliseconds(5);

/** None of them is known to Node, so nobody else collects them. */
async function endAll(clock: Clock): Promise<void> {
  const { collect } = loadLibc();
  for (;;) {
    const children = childrenOf(process.pid);
    if (children.length === 0) return;
    for (const { pid } of children) {
      process.kill(pid, 'SIGKILL');
      collect(pid);
    }
    await clock.sleep(lookEvery);
  }
}

const kernelOf = (): Kernel => ({
  libc: loadLibc(),
  signal: (pid, name) => void process.kill(pid, name),
  onChildEnd: (listener) => {
    process.on('SIGCHLD', listener);
    return () => process.off('SIGCHLD', listener);
  },
});
