import { DurableFile } from './durable-file.ts';
import type { RecordStore } from './ports.ts';
import { formatRecord, parseRecord, type StoredRecord } from './record.ts';

/** Keeps the record in one file. */
export class RecordFile implements RecordStore {
  readonly #file: DurableFile;

  constructor(path: string) {
    this.#file = new DurableFile(path);
  }

  async read(): Promise<StoredRecord> {
    try {
      const text = await this.#file.read();
      return text === undefined ? { kind: 'absent' } : parseRecord(text);
    } catch (failure) {
      return { kind: 'unreadable', problem: String(failure) };
    }
  }

  async write(record: Parameters<RecordStore['write']>[0]): Promise<void> {
    await this.#file.write(formatRecord(record));
  }
}
