import type { Repository, Rule } from '../reading/repository.ts';
import type { Source } from '../reading/source.ts';

const table = 'docs/invariants.md';

interface Citation {
  readonly path: string;
  readonly name: string;
}

/** What code and tests cite is in the table. */
export const citedInvariantsAre: Rule = (repository) => {
  const known = invariants(repository);
  return citations(repository)
    .filter(({ name }) => !known.includes(name))
    .map(
      ({ path, name }) => `${path} cites ${name}, which ${table} does not have: it has ${known.join(', ')}`,
    );
};

/** What is in the table is cited where it is held or tested, unless the table says that this is still open. */
export const invariantsAreCited: Rule = (repository) => {
  const cited = new Set(citations(repository).map(({ name }) => name));
  return rows(repository)
    .filter(({ name, heldBy }) => !cited.has(name) && !/\b(?:yet|until this holds)\b/.test(heldBy))
    .map(({ name }) => name)
    .map((name) => `nothing cites ${name} of ${table}: name it in the test that breaks without it`);
};

interface Row {
  readonly name: string;
  readonly heldBy: string;
}

const rows = ({ files }: Repository): readonly Row[] => {
  const text = files.find(({ path }) => path === table)?.text ?? '';
  return [...text.matchAll(/^\| (I\d+) \|[^|]*\|(.*)\|$/gm)].map(([, name = '', heldBy = '']) => ({
    name,
    heldBy,
  }));
};

const invariants = (repository: Repository): readonly string[] => rows(repository).map(({ name }) => name);

const citations = ({ sources }: Repository): readonly Citation[] =>
  sources.filter(({ path }) => !path.startsWith('test/tidy/rules/')).flatMap(citationsIn);

/** In comments and in the names of tests; code may have a name like that. */
const citationsIn = ({ path, text, bare }: Source): readonly Citation[] =>
  [...text.matchAll(/\bI\d{1,2}\b/g)]
    .filter(({ index }) => bare[index] !== text[index])
    .map(([name]) => ({ path, name }));
