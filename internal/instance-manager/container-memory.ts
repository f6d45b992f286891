import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the kernel tells of the memory of the container that we are in: control groups of version 2, and of version 1. */
const versions = [
  { limit: 'memory.max', usage: 'memory.current', details: 'memory.stat', prefix: '' },
  {
    limit: 'memory/memory.limit_in_bytes',
    usage: 'memory/memory.usage_in_bytes',
    details: 'memory/memory.stat',
    prefix: 'total_',
  },
] as const;

/** What the container may use, in bytes; undefined where there is no limit, or the kernel does not say. */
export async function memoryLimitIn(folder: string | undefined): Promise<bigint | undefined> {
  for (const { limit } of versions) {
    const bytes = numberIn(await textOf(folder, limit));
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

/** In bytes, what it uses and the kernel cannot take back: all but its files' pages. Undefined where the kernel does not say. */
export async function memoryHeldIn(folder: string | undefined): Promise<number | undefined> {
  for (const { usage, details, prefix } of versions) {
    const used = numberIn(await textOf(folder, usage));
    if (used === undefined) continue;
    const stat = await textOf(folder, details);
    const pages = ['inactive_file', 'active_file'].map((name) => fieldIn(stat, `${prefix}${name}`));
    return Math.max(0, Number(used) - pages.reduce((sum, bytes) => sum + bytes, 0));
  }
  return undefined;
}

const textOf = async (folder: string | undefined, name: string): Promise<string> =>
  folder === undefined ? '' : await readFile(join(folder, name), 'utf8').catch(() => '');

/** `max` says that there is none. */
const numberIn = (text: string): bigint | undefined =>
  /^\d+$/.test(text.trim()) ? BigInt(text.trim()) : undefined;

const fieldIn = (stat: string, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
