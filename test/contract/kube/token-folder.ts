import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A token in a file as the kubelet puts it there: behind two links, of which one is replaced when the token is renewed. */
export class TokenFolder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'token-folder-'));
  #versions = 0;

  constructor(token: string) {
    this.renew(token);
    symlinkSync('..data/token', this.path);
  }

  get path(): string {
    return join(this.#folder, 'token');
  }

  renew(token: string): void {
    const version = `..version-${this.#versions++}`;
    mkdirSync(join(this.#folder, version));
    writeFileSync(join(this.#folder, version, 'token'), token);
    symlinkSync(version, join(this.#folder, '..data_tmp'));
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
