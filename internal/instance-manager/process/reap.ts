import { readdir, readFile } from 'node:fs/promises';

/** Zombies whose parent is `self`: what the kernel has given to PID 1, and children of its own that have just ended. */
export async function orphans(self: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isOrphan(pid, self)) ? [pid] : [])));
  return found.flat();
}

async function isOrphan(pid: number, self: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The command's name is in parentheses and may hold anything, spaces and parentheses included.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' && Number(parent) === self;
}
