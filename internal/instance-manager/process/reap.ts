import { readdir, readFile } from 'node:fs/promises';

/** Zombies that the kernel has given to us, PID 1, and that no one else will wait for. Our own children are not ours to reap here. */
export async function orphans(self: number, ownChildren: ReadonlySet<number>): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isOrphan(pid, self)) ? [pid] : [])));
  return found.flat().filter((pid) => !ownChildren.has(pid));
}

async function isOrphan(pid: number, self: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The command's name is in parentheses and may hold anything, spaces and parentheses included.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' && Number(parent) === self;
}
