import { posix } from 'node:path';
import { exportsIn } from './exports.ts';
import { type Import, importsIn } from './imports.ts';
import { onlyParts, partsOf } from './parts.ts';

/** A text of the repository; paths are relative to its root. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A TypeScript file, read. */
export interface Source extends TextFile {
  /** Without comments. */
  readonly code: string;
  /** Without comments, and without what stands in literals. */
  readonly bare: string;
  readonly comments: string;
  readonly imports: readonly SourceImport[];
  readonly exports: readonly string[];
}

export interface SourceImport extends Import {
  /** The path that is imported, when it is a file of ours. */
  readonly path: string | undefined;
}

export function readSource({ path, text }: TextFile): Source {
  const parts = partsOf(text);
  const code = onlyParts(parts, ['code', 'literal']);
  const bare = onlyParts(parts, ['code']);
  const comments = onlyParts(parts, ['comment']);
  const imports = importsIn(code, bare).map((one) => ({ ...one, path: resolve(path, one.specifier) }));
  return { path, text, code, bare, comments, imports, exports: exportsIn(bare) };
}

const resolve = (from: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;

export const isTest = (path: string): boolean => path.endsWith('.test.ts');

/** The package that an import is of: `@scope/name` of `@scope/name/part`; undefined for our own and for Node's. */
export function packageOf({ specifier }: Import): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** Which line of a text a place in it is on, from 1. */
export const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;
