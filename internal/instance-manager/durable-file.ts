import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** One file that is replaced as a whole: a crash leaves the old or the new one and nothing between, and so does a loss of power. */
export class DurableFile {
  readonly path: string;
  #folderKept = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Undefined when there is none. */
  async read(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (failure) {
      if (isMissing(failure)) return undefined;
      throw failure;
    }
  }

  /** Resolves once it is on the disk. */
  async write(text: string): Promise<void> {
    const folder = dirname(this.path);
    await this.#keepFolder(folder);
    const draft = `${this.path}.new`;
    await writeThrough(draft, text);
    await rename(draft, this.path);
    // The rename is on the disk only once its folder is.
    await syncFolder(folder);
  }

  /** Resolves once the disk knows it no more. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await syncFolder(dirname(this.path));
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

export const isMissing = (failure: unknown): boolean =>
  failure instanceof Error && 'code' in failure && failure.code === 'ENOENT';
