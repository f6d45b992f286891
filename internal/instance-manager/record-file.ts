import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RecordStore } from './ports.ts';
import { formatRecord, parseRecord, type StoredRecord } from './record.ts';

/** Keeps the record in one file, replaced as a whole, so that a crash leaves the old or the new one and nothing between. */
export class RecordFile implements RecordStore {
  readonly #path: string;
  #folderKept = false;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<StoredRecord> {
    try {
      return parseRecord(await readFile(this.#path, 'utf8'));
    } catch (failure) {
      if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT')
        return { kind: 'absent' };
      return { kind: 'unreadable', problem: String(failure) };
    }
  }

  async write(record: Parameters<RecordStore['write']>[0]): Promise<void> {
    const folder = dirname(this.#path);
    await this.#keepFolder(folder);
    const draft = `${this.#path}.new`;
    await writeThrough(draft, formatRecord(record));
    await rename(draft, this.#path);
    // The rename is on the disk only once its folder is.
    await syncFolder(folder);
  }

  /** Once a life: a promotion waits for each of these. */
  async #keepFolder(folder: string): Promise<void> {
    if (this.#folderKept) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(folder));
    this.#folderKept = true;
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
