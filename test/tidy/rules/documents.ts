import { posix } from 'node:path';
import { folderOf, isProduct, type Repository, type Rule } from '../reading/repository.ts';
import type { TextFile } from '../reading/source.ts';

/** Every path that a document names leads somewhere. */
export const documentsNameWhatIs: Rule = ({ files }) =>
  files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap((document) =>
      [...quotedPaths(document, files), ...linkedPaths(document)]
        .filter((path) => !path.startsWith('dist/') && found(path, files).length === 0)
        .map(
          (path) => `${document.path} names ${path}, which is not there: name it as it is, or leave it out`,
        ),
    );

const map = 'docs/architecture.md';

/** A newcomer finds every folder with code on the map. */
export const foldersAreOnTheMap: Rule = (repository) => {
  const document = repository.files.find(({ path }) => path === map);
  if (document === undefined) return [`${map} is not there: it maps each concept to its file`];
  const named = quotedPaths(document, repository.files).flatMap((path) => found(path, repository.files));
  const shown = new Set(named);
  return foldersWithCode(repository)
    .filter((folder) => !shown.has(folder) && !named.some((path) => folderOf(path) === folder))
    .map((folder) => `${map} does not show ${folder}: add it, or a file of it, to the concept it is about`);
};

const foldersWithCode = ({ sources }: Repository): readonly string[] =>
  [
    ...new Set(
      sources
        .filter((source) => isProduct(source) && source.path.startsWith('internal/'))
        .map(({ path }) => folderOf(path)),
    ),
  ].filter((folder) => folder !== 'internal/');

/** Paths among what stands in backticks: of commands every word counts, of what is shown as a block none does. */
export function quotedPaths({ text }: TextFile, files: readonly TextFile[]): readonly string[] {
  const roots = new Set(files.map(({ path }) => path.split('/')[0] ?? ''));
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  const words = [...prose.matchAll(/`([^`]+)`/g)].flatMap(([, quoted = '']) => quoted.split(/\s+/));
  return words
    .map((word) => word.replace(/[,;:)]+$/, ''))
    .filter((word) => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(word) && looksLikePath(word, roots));
}

const looksLikePath = (word: string, roots: ReadonlySet<string>): boolean =>
  /\.(ts|md|json|ya?ml|sh)$/.test(word) ||
  (word.endsWith('/') && !word.startsWith('.')) ||
  (word.includes('/') && roots.has(word.split('/')[0] ?? ''));

/** Targets of links to files, from the root. */
const linkedPaths = ({ path, text }: TextFile): readonly string[] =>
  [...text.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(path), target));

/** The files and folders that a path means: from the root, or the end of a longer path, as people say `decide.ts`. */
function found(path: string, files: readonly TextFile[]): readonly string[] {
  const plain = path.replace(/\/$/, '');
  return files.flatMap((file) => {
    const whole = `/${file.path}`;
    if (whole.endsWith(`/${plain}`)) return [file.path];
    const at = whole.indexOf(`/${plain}/`);
    return at < 0 ? [] : [whole.slice(1, at + plain.length + 2)];
  });
}
