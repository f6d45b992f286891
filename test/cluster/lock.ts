import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { minutes } from '../../internal/time/units.ts';
import { waitUntil } from './wait.ts';

/** Does `work` while nobody else holds the lock, which is a file that names the process that holds it. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(file), { recursive: true });
  await waitUntil(`lock ${file}`, minutes(30), () => take(file));
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  if (isStale(file)) rmSync(file, { force: true });
  try {
    const lock = openSync(file, 'wx');
    writeSync(lock, String(process.pid));
    closeSync(lock);
    return true;
  } catch (error) {
    if (existsSync(file)) return false;
    throw error;
  }
}

/** Its holder has ended without giving it back. An empty file is just being written. */
function isStale(file: string): boolean {
  try {
    const holder = readFileSync(file, 'utf8');
    return holder !== '' && !existsSync(`/proc/${holder}`);
  } catch {
    return false;
  }
}
