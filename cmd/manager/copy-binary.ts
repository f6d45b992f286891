import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Copies the folder that the running binary lies in, itself and the libraries beside it, into `target`. Each file is
 * copied under another name and put in place whole, so that a pod that is started again never runs half a file.
 */
export async function copyBinary(target: string): Promise<void> {
  const folder = dirname(process.execPath);
  await mkdir(target, { recursive: true });
  for (const name of await readdir(folder)) {
    const draft = join(target, `.${name}.new`);
    await copyFile(join(folder, name), draft, constants.COPYFILE_FICLONE);
    await rename(draft, join(target, name));
  }
}
