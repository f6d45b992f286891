import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { DurableFile, isMissing } from './durable-file.ts';
import type { RecordStore } from './ports.ts';
import { formatRecord, parseRecord, type StoredRecord } from './record.ts';
import { sealed, sectorLength, unsealed } from './sector.ts';

/**
 * Keeps the record in one file. A promotion waits for each write, so it goes over the one before, in place: that is one
 * flush of the disk, where a new file takes two, each with all that others have written to the same file system meanwhile.
 */
export class RecordFile implements RecordStore {
  readonly #file: DurableFile;

  constructor(path: string) {
    this.#file = new DurableFile(path);
  }

  async read(): Promise<StoredRecord> {
    try {
      const text = await this.#file.read();
      if (text === undefined) return { kind: 'absent' };
      const line = unsealed(text);
      return line === undefined ? { kind: 'unreadable', problem: 'it is not whole' } : parseRecord(line);
    } catch (failure) {
      return { kind: 'unreadable', problem: String(failure) };
    }
  }

  async write(record: Parameters<RecordStore['write']>[0]): Promise<void> {
    const sector = sealed(formatRecord(record));
    if (!(await overwrite(this.#file.path, sector))) await this.#file.write(sector);
  }
}

/** Resolves once it is on the disk; to false, and changes nothing, where there is no sector to write over. */
async function overwrite(path: string, sector: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_DSYNC);
    try {
      if ((await file.stat()).size !== sectorLength) return false;
      await file.write(sector, 0);
      return true;
    } finally {
      await file.close();
    }
  } catch (failure) {
    if (isMissing(failure)) return false;
    throw failure;
  }
}
