import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder outside the checkout for what takes long to make; `name` ends with the version. */
export function cacheFolder(name: string): string {
  const base =
    process.env['REDIS_OPERATOR_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'redis-operator');
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
