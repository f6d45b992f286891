import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeUse } from '../control/protocol.ts';

/** What redis-server leaves on its volume, and what we do. */
const traces = ['appendonlydir', 'dump.rdb', '.redis-operator/record.json'];

export const recordPath = (dataFolder: string): string => join(dataFolder, '.redis-operator', 'record.json');

/** Whether a data set, or the record of a term, lies on the volume. */
export async function holdsData(dataFolder: string): Promise<boolean> {
  const found = await Promise.all(traces.map((name) => exists(join(dataFolder, name))));
  return found.includes(true);
}

const exists = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );

/** How full the file system of the volume is; undefined where it does not tell. */
export async function measureVolume(dataFolder: string): Promise<VolumeUse | undefined> {
  try {
    const { bsize, blocks, bavail } = await statfs(dataFolder);
    return { totalBytes: blocks * bsize, usedBytes: (blocks - bavail) * bsize };
  } catch {
    return undefined;
  }
}
