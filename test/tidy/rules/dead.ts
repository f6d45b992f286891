import { isForTests, isProduct, type Repository, type Rule } from '../reading/repository.ts';
import { isTest, type Source } from '../reading/source.ts';
import { reach } from './graph.ts';
import { leftovers } from './leftovers.ts';

const main = 'cmd/manager/main.ts';
const everyKind = ['static', 'dynamic', 'type'] as const;

/** Every file of the product is part of the program, and what only tests use is named as such. */
export const noDeadFiles: Rule = ({ sources }) => {
  const program = reach(sources, [main, ...builtEntries(sources)], everyKind);
  const tests = reach(sources, sources.map(({ path }) => path).filter(isTest), everyKind);
  const idle = sources.filter((source) => isProduct(source) && !program.has(source.path));
  const unused = sources.filter(({ path }) => isForTests(path) && !isTest(path) && !tests.has(path));
  return [
    ...idle.map(
      ({ path }) =>
        `${path} is no part of the program: nothing that ${main} imports leads to it. Remove it; if it helps tests, say so in its name (*.fixture.ts)`,
    ),
    ...unused.map(({ path }) => `${path} is for tests, and no test imports it: remove it`),
  ];
};

/** The build names files of the product as entries of bundles. */
const builtEntries = (sources: readonly Source[]): readonly string[] =>
  sources
    .filter(({ path }) => path.startsWith('build/'))
    .flatMap(({ code }) =>
      [...code.matchAll(/'((?:cmd|internal)\/[\w./-]+\.ts)'/g)].map(([, path = '']) => path),
    );

/** Every name that a file offers is taken by another, a test perhaps. */
export const noDeadExports: Rule = ({ sources }) => {
  const taken = takenNames(sources);
  return sources
    .filter((source) => isProduct(source) || source.path.startsWith('build/'))
    .flatMap((source) => {
      const names = taken.get(source.path) ?? new Set();
      return source.exports
        .filter((name) => !names.has(name) && !(names.has('*') && isNamedElsewhere(name, source, sources)))
        .filter((name) => !describesAnother(name, source) && !leftovers.has(`${source.path} ${name}`))
        .map((name) => `${source.path} exports ${name}, which no other file uses: ${cure(name, source)}`);
    });
};

function takenNames(sources: Repository['sources']): ReadonlyMap<string, ReadonlySet<string>> {
  const taken = new Map<string, Set<string>>();
  for (const one of sources.flatMap(({ imports }) => imports)) {
    if (one.path === undefined) continue;
    const names = taken.get(one.path) ?? new Set();
    for (const name of one.names) names.add(name);
    taken.set(one.path, names);
  }
  return taken;
}

/** What is done with a module that is imported as a whole is told by its names. */
const isNamedElsewhere = (name: string, { path }: Source, sources: readonly Source[]): boolean =>
  sources.some((other) => other.path !== path && wordsOf(name, other) > 0);

/** A type that another export mentions may be named by whoever uses that. */
const describesAnother = (name: string, source: Source): boolean =>
  new RegExp(`^export (?:interface|type) ${name}\\b`, 'm').test(source.bare) && wordsOf(name, source) > 1;

const wordsOf = (name: string, { bare }: Source): number =>
  bare.match(new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g'))?.length ?? 0;

const cure = (name: string, source: Source): string =>
  wordsOf(name, source) > 1 ? 'keep it to the file' : 'remove it';
