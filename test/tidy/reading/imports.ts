/** How one file names another: at run time at once, at run time when it comes to it, or for the compiler alone. */
export interface Import {
  readonly kind: 'static' | 'dynamic' | 'type';
  /** As it is written: a relative path, a package, or `node:…`. */
  readonly specifier: string;
  /** What is taken of it, under its name there; `*` for all of it. */
  readonly names: readonly string[];
}

const statement = /(?:import|export)\s+(type\s+)?([\w$*{},\s]+?)from\s*'([^']+)'/g;
const sideEffect = /import\s*'([^']+)'/g;
const call = /(typeof\s+)?import\(\s*'([^']+)'/g;

/** Every import and re-export. `code` has no comments; `bare` is the same without the contents of literals. */
export function importsIn(code: string, bare: string): readonly Import[] {
  const found = [
    ...[...code.matchAll(statement)].map((match) => ({ match, made: ofStatement(match) })),
    ...[...code.matchAll(sideEffect)].map((match) => ({ match, made: ofSideEffect(match) })),
    ...[...code.matchAll(call)].map((match) => ({ match, made: ofCall(match) })),
  ];
  return found.filter(({ match }) => isCode(match, bare)).map(({ made }) => made);
}

/** Imports that a string tells of are none. */
const isCode = ({ index, 0: text }: RegExpExecArray, bare: string): boolean =>
  bare.slice(index, index + 6) === text.slice(0, 6) && !/[\w$.]/.test(bare[index - 1] ?? '');

function ofStatement([, type, clause = '', specifier = '']: RegExpExecArray): Import {
  return { kind: type === undefined ? 'static' : 'type', specifier, names: namesIn(clause) };
}

const ofSideEffect = ([, specifier = '']: RegExpExecArray): Import => ({
  kind: 'static',
  specifier,
  names: [],
});

/** What is done with the whole module cannot be told from the import. */
const ofCall = ([, type, specifier = '']: RegExpExecArray): Import => ({
  kind: type === undefined ? 'dynamic' : 'type',
  specifier,
  names: ['*'],
});

function namesIn(clause: string): readonly string[] {
  const listed = /\{([^{}]*)\}/.exec(clause)?.[1] ?? '';
  const around = clause
    .replace(/\{[^{}]*\}/, '')
    .replaceAll(',', ' ')
    .trim();
  const whole = around === '' ? [] : [around.startsWith('*') ? '*' : 'default'];
  return [
    ...whole,
    ...listed
      .split(',')
      .map(nameThere)
      .filter((name) => name !== ''),
  ];
}

const nameThere = (entry: string): string =>
  entry
    .trim()
    .replace(/^type\s+/, '')
    .split(/\s+as\s+/)[0] ?? '';
