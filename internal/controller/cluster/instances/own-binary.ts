import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface BinaryFacts {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** The binary that this operator runs from, to be sent to instances. */
export class OwnBinary {
  readonly version: string;
  readonly #path: string;
  #facts: Promise<BinaryFacts> | undefined;

  constructor(path: string, version: string) {
    this.#path = path;
    this.version = version;
  }

  /** Read once: a file that runs does not change. */
  facts(): Promise<BinaryFacts> {
    this.#facts ??= this.#read();
    return this.#facts;
  }

  open(): Readable {
    return createReadStream(this.#path);
  }

  async #read(): Promise<BinaryFacts> {
    const hash = createHash('sha256');
    const { size } = await stat(this.#path);
    await pipeline(this.open(), hash);
    return { bytes: size, sha256: hash.digest('hex') };
  }
}
