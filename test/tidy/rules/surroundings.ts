import { isProduct, type Rule } from '../reading/repository.ts';
import { lineOf, type Source } from '../reading/source.ts';

interface Surrounding {
  readonly pattern: RegExp;
  readonly home: RegExp;
  readonly right: string;
}

/** What makes a run differ from another, and the only places that may touch it: everybody else is handed a port. */
const surroundings: readonly Surrounding[] = [
  {
    pattern: /\b(?:(?:set|clear)(?:Timeout|Interval|Immediate)|AbortSignal\.timeout)\b/g,
    home: /^internal\/time\//,
    right: 'timers are made in internal/time/ alone; take a Clock',
  },
  {
    pattern: /\b(?:Date\.now\b|new Date\(\s*\)|performance\.now\b|process\.hrtime\b)/g,
    home: /^internal\/time\//,
    right: 'clocks are read in internal/time/ alone; take a Clock',
  },
  {
    pattern: /\bMath\.random\b/g,
    home: /^(internal\/)?cmd\//,
    right: 'chance is handed out by internal/cmd/; take `random` as a port',
  },
  {
    pattern: /(?<![.\w])process\.exit\(/g,
    home: /^cmd\/manager\/main\.ts$/,
    right: 'only cmd/manager/main.ts ends the process; return or throw',
  },
  {
    pattern:
      /(?<![.\w])process\.(?:env|argv|exit\(|on\(|once\(|kill|std|cwd|chdir|nextTick|memory|cpu|platform|version|uptime|execve)/g,
    home: /^(internal\/)?cmd\//,
    right: 'the process is the business of cmd/ and internal/cmd/; take what you need of it as an argument',
  },
];

export const surroundingsAreHanded: Rule = ({ sources }) =>
  sources.filter(isProduct).flatMap((source) => [...touched(source), ...timerImports(source)]);

const touched = ({ path, bare }: Source): readonly string[] =>
  surroundings
    .filter(({ home }) => !home.test(path))
    .flatMap(({ pattern, right }) =>
      [...bare.matchAll(pattern)].map(
        (found) => `${path}:${lineOf(bare, found.index)} ${found[0]}: ${right}`,
      ),
    );

const timerImports = ({ path, imports }: Source): readonly string[] =>
  imports
    .filter(({ specifier }) => specifier.startsWith('node:timers') && !path.startsWith('internal/time/'))
    .map(({ specifier }) => `${path} imports ${specifier}: timers are made in internal/time/ alone`);
