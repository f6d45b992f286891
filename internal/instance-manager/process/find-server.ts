import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

const names = ['redis-server', 'valkey-server'] as const;
/** Where images put it when PATH does not say. */
const usualFolders = [
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/opt/redis/bin',
  '/opt/bitnami/redis/bin',
  '/opt/bitnami/valkey/bin',
];

/** The server binary of whatever image we run in. Rejects when there is none. */
export async function findServer(searchPath: string): Promise<string> {
  const folders = [...new Set([...searchPath.split(':').filter((folder) => folder !== ''), ...usualFolders])];
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name);
      if (await isExecutable(path)) return path;
    }
  }
  throw new Error(`the image holds neither ${names.join(' nor ')} in ${folders.join(', ')}`);
}

const isExecutable = async (path: string): Promise<boolean> =>
  await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
