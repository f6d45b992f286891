import { link, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '../errors.ts';
import type { KeepsAside, Kept } from './ports.ts';

/** Of the server what is needed to have a snapshot written. */
export interface Snapshots {
  /** Resolves once a new snapshot is complete in its file; rejects with a RedisError. */
  snapshot(signal: AbortSignal): Promise<void>;
  /** Its memory in bytes, which a snapshot is hardly ever larger than; and whether its settings keep snapshots at all. */
  footprint(signal: AbortSignal): Promise<{ readonly usedMemory: number; readonly keepsSnapshots: boolean }>;
}

/** Enough for a failover that goes wrong and is repeated, and no more: nobody else ever deletes them. */
const keptAtMost = 3;
/** The copy, and the new append-only file of the full resynchronisation that follows while the old one lies there still. */
const roomFor = 2;

/**
 * Saves the data set as redis-server has it into `diverged` on its volume. Redis writes each snapshot to a new file in
 * place of the last one, so the copy is another name of that; where snapshots are not kept the first name goes.
 */
export class AsideFiles implements KeepsAside {
  readonly #dataFolder: string;
  readonly #snapshots: Snapshots;

  constructor(dataFolder: string, snapshots: Snapshots) {
    this.#dataFolder = dataFolder;
    this.#snapshots = snapshots;
  }

  async keep(name: string, signal: AbortSignal): Promise<Kept> {
    const { usedMemory, keepsSnapshots } = await this.#snapshots.footprint(signal);
    const lacking = await this.#lackOfRoom(usedMemory);
    if (lacking !== undefined) return { kind: 'noRoom', because: lacking };
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const before = await inodeOf(this.#snapshot);
    await this.#snapshots.snapshot(signal);
    invariant((await inodeOf(this.#snapshot)) !== before, 'a new snapshot is a new file');
    const file = join(this.#folder, `${name}.rdb`);
    await link(this.#snapshot, file);
    if (!keepsSnapshots) await rm(this.#snapshot);
    await this.#dropOldest();
    return { kind: 'kept', file, bytes: (await stat(file)).size };
  }

  get #folder(): string {
    return join(this.#dataFolder, 'diverged');
  }

  get #snapshot(): string {
    return join(this.#dataFolder, 'dump.rdb');
  }

  async #lackOfRoom(usedMemory: number): Promise<string | undefined> {
    const { bavail, bsize } = await statfs(this.#dataFolder);
    const free = bavail * bsize;
    const needed = usedMemory * roomFor;
    return free >= needed ? undefined : `the volume has ${free} bytes free, and it takes ${needed}`;
  }

  /** Names begin with the time. */
  async #dropOldest(): Promise<void> {
    const files = (await readdir(this.#folder)).filter((file) => file.endsWith('.rdb')).sort();
    for (const file of files.slice(0, -keptAtMost)) await rm(join(this.#folder, file));
  }
}

/** Undefined where there is no such file. */
async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return undefined;
    throw failure;
  }
}
