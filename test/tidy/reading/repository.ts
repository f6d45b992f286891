import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTest, readSource, type Source, type TextFile } from './source.ts';

/** Everything that a rule may look at. Paths are relative to the root and have forward slashes. */
export interface Repository {
  readonly files: readonly TextFile[];
  /** Those of them that are TypeScript. */
  readonly sources: readonly Source[];
}

/** What is wrong, one sentence each: the file, what it does, and what would be right. */
export type Rule = (repository: Repository) => readonly string[];

export function repositoryOf(files: readonly TextFile[]): Repository {
  return { files, sources: files.filter(({ path }) => path.endsWith('.ts')).map(readSource) };
}

/** What is made or fetched, and what belongs to tools. */
const passedOver = new Set(['node_modules', 'dist', '.git', '.cache', '.idea', '.vscode']);

/** Reads a checked-out repository, with or without git. */
export function readRepository(root: string): Repository {
  const entries = readdirSync(root, { withFileTypes: true }).filter(({ name }) => !passedOver.has(name));
  const inFolders = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesBelow(root, name));
  const here = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const paths = [...here, ...inFolders].filter((path) => !path.endsWith('.log')).sort();
  return repositoryOf(paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })));
}

const filesBelow = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));

/** What ends up in the binary. */
export const isProduct = ({ path }: TextFile): boolean =>
  /^(api|cmd|internal|webhooks)\/.*\.ts$/.test(path) && !isTest(path) && !isForTests(path);

/** Helpers that tests share: fixtures beside the code, and the simulated world. */
export const isForTests = (path: string): boolean =>
  path.startsWith('internal/simulation/') || /(^|[/.-])(fixtures?|testing)\b/.test(path);

export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
