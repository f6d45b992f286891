import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where everything lives that is built once and kept: outside the checkout, so that clones share it. */
export function cacheFolder(): string {
  const { REDIS_OPERATOR_CACHE: own, XDG_CACHE_HOME: common } = process.env;
  return own || join(common || join(homedir(), '.cache'), 'redis-operator');
}

/**
 * The folder of the test cluster, or of another one beside it that CLUSTER_NAME names. They do not meet: everything that a
 * cluster has is in its folder or named after it.
 */
export function clusterFolder(): string {
  const { CLUSTER_NAME: name } = process.env;
  return join(cacheFolder(), name ? `cluster-${name}` : 'cluster');
}

/** The folders of all the clusters that there are, of whichever name. */
export function clusterFolders(): readonly string[] {
  if (!existsSync(cacheFolder())) return [];
  return readdirSync(cacheFolder(), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^cluster(-|$)/.test(entry.name))
    .map(({ name }) => join(cacheFolder(), name));
}

/** The folder of a thing of one version; `build` fills it the first time. A build that fails leaves nothing behind. */
export async function cached(
  key: string,
  build: (folder: string) => Promise<void>,
  parent: string = cacheFolder(),
): Promise<string> {
  const folder = join(parent, key);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  const unfinished = mkdtempSync(`${folder}.unfinished-`);
  try {
    await build(unfinished);
    chmodSync(unfinished, 0o755);
    moveInto(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Somebody else may have finished the same build meanwhile: then theirs stays. */
function moveInto(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder) || readdirSync(folder).length === 0) throw error;
  }
}
