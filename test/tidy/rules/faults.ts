import type { Repository, Rule } from '../reading/repository.ts';

const table = 'docs/faults.md';

/** Every test in the table of faults is in the file that the table says it is in. */
export const faultsHaveTests: Rule = (repository) =>
  rows(repository).flatMap(({ name, path }) => {
    const text = repository.files.find((file) => file.path === path)?.text;
    return text?.includes(name) === true
      ? []
      : [`${table} names the test "${name}", which is not in ${path}: name it as it is, or leave it out`];
  });

interface Row {
  readonly name: string;
  readonly path: string;
}

function rows({ files }: Repository): readonly Row[] {
  const text = files.find(({ path }) => path === table)?.text ?? '';
  return [...text.matchAll(/^\|[^|]*\| ([^|]+) \| `([^`]+)` \|$/gm)].map(([, name = '', path = '']) => ({
    name,
    path,
  }));
}
