import { isProduct, type Rule } from '../reading/repository.ts';
import type { TextFile } from '../reading/source.ts';

/** In lines. A file that is longer is about more than one thing. */
const most = 400;
/** Of all files of the product: half of them, and nine tenths of them, have no more lines than this. */
const limits = [
  { share: 0.5, lines: 90 },
  { share: 0.9, lines: 200 },
] as const;

const written = /\.(ts|sh|md)$|^(Makefile|Containerfile)$/;

export const filesAreShort: Rule = ({ files }) =>
  files
    .filter(({ path }) => written.test(path))
    .map((file) => ({ path: file.path, lines: linesOf(file) }))
    .filter(({ lines }) => lines > most)
    .map(
      ({ path, lines }) =>
        `${path} has ${lines} lines: ${most} are the most; find what it is two of, and part them`,
    );

export const mostFilesAreSmall: Rule = ({ sources }) => {
  const lengths = sources.filter(isProduct).map(linesOf);
  return limits.flatMap(({ share, lines }) => {
    const found = quantile(lengths, share);
    return found > lines
      ? [`${share * 100} % of the product's files have up to ${found} lines: it must be ${lines} or fewer`]
      : [];
  });
};

const linesOf = ({ text }: TextFile): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** The smallest number that is not exceeded by `share` of all. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}
