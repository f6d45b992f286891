import { isProduct, type Repository, type Rule } from '../reading/repository.ts';
import { packageOf } from '../reading/source.ts';

/** Tools that nobody imports: what shows that one is used, in a script or in a configuration. */
const traces: Readonly<Record<string, RegExp>> = {
  '@biomejs/biome': /node_modules\/\.bin\/biome/,
  '@types/node': /"types": \["node"\]/,
  typescript: /node_modules\/\.bin\/tsc/,
};

const reasons = 'docs/dependencies.md';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const dependenciesArePinned: Rule = (repository) =>
  Object.entries(allOf(manifestOf(repository)))
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json has ${name} ${version}: pin it to one version, such as 1.2.3`);

export const dependenciesAreUsed: Rule = (repository) => {
  const imported = importedBy(repository, () => true);
  return Object.keys(allOf(manifestOf(repository)))
    .filter((name) => !imported.has(name) && !leavesTrace(name, repository))
    .map((name) => `package.json has ${name}, which nothing imports and no script calls: remove it`);
};

/** What is in the binary is told from what only makes and tests it. */
export const importsAreDeclared: Rule = (repository) => {
  const manifest = manifestOf(repository);
  const product = importedBy(repository, (path, kind) => isProduct({ path, text: '' }) && kind !== 'type');
  const rest = [...importedBy(repository, () => true)].filter((name) => !product.has(name));
  return [
    ...[...product]
      .filter((name) => !Object.hasOwn(manifest.dependencies, name))
      .map((name) => `the binary has ${name} in it: it belongs to the dependencies of package.json`),
    ...rest
      .filter((name) => !Object.hasOwn(manifest.devDependencies, name))
      .map((name) => `${name} is not in the binary: it belongs to the devDependencies of package.json`),
  ];
};

/** Each has a line that says what it is for and why it rather than another, and no line outlives its package. */
export const dependenciesHaveReasons: Rule = (repository) => {
  const text = repository.files.find(({ path }) => path === reasons)?.text ?? '';
  const explained = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
  const there = Object.keys(allOf(manifestOf(repository)));
  return [
    ...there
      .filter((name) => !explained.includes(name))
      .map((name) => `${reasons} does not say why there is ${name}: add a line, or remove the package`),
    ...explained
      .filter((name) => !there.includes(name))
      .map((name) => `${reasons} explains ${name}, which package.json does not have: remove the line`),
  ];
};

function manifestOf({ files }: Repository): Manifest {
  const text = files.find(({ path }) => path === 'package.json')?.text ?? '{}';
  return { dependencies: {}, devDependencies: {}, ...JSON.parse(text) };
}

const allOf = ({ dependencies, devDependencies }: Manifest): Readonly<Record<string, string>> => ({
  ...dependencies,
  ...devDependencies,
});

function importedBy(
  { sources }: Repository,
  counts: (path: string, kind: string) => boolean,
): ReadonlySet<string> {
  return new Set(
    sources.flatMap(({ path, imports }) =>
      imports.filter(({ kind }) => counts(path, kind)).flatMap((one) => packageOf(one) ?? []),
    ),
  );
}

function leavesTrace(name: string, { files }: Repository): boolean {
  const trace = Object.hasOwn(traces, name) ? traces[name] : undefined;
  const isScript = (path: string): boolean => !/\.md$|^package(-lock)?\.json$|^test\/tidy\//.test(path);
  return trace !== undefined && files.some(({ path, text }) => isScript(path) && trace.test(text));
}
