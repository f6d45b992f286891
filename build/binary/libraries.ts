import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { libraries, type Platform } from './platforms.ts';

/** Where the binary and its libraries lie, in the operator's own image and in every pod alike. */
const home = '/controller';

/**
 * Puts the loader and the libraries beside the binary and ties it to them, so that it runs in an image with another C
 * library, or with none at all.
 */
export function addLibraries({ libraryFolders, loader }: Platform, folder: string): void {
  for (const name of [...libraries, loader]) {
    const found = libraryFolders.map((from) => join(from, name)).find(existsSync);
    if (found === undefined) throw new Error(`${name} is in none of ${libraryFolders.join(', ')}`);
    copyFileSync(found, join(folder, name));
  }
  const binary = join(folder, 'manager');
  execFileSync('patchelf', ['--set-interpreter', join(home, loader), '--set-rpath', home, binary]);
}
