import { isProduct, type Rule } from '../reading/repository.ts';
import { lineOf, packageOf, type Source, type SourceImport } from '../reading/source.ts';

/** Folders and files that decide and build, and touch nothing. A new folder below a controller is one of them. */
const pure: readonly RegExp[] = [
  /^api\//,
  /^webhooks\/(default|validate)\.ts$/,
  /^internal\/controller\/[^/]+\/[^/]+\//,
  /^internal\/controller\/cluster\/(facts|happenings|phase-lengths|pod-trouble|tenure|view|wanted)\.ts$/,
  /^internal\/instance-manager\/(decide|divergence|facts|final-words|lease|link|nomination|own-spec|passwords\/(decide|read)|readiness|record|report|resource-version|restart|same|told|data-files\/authority|settings\/(difference|refusal|wanted)|sync-refusal|tenure|upgrade\/(inheritance|inheritance-shape|refuse|shape)|view)\.ts$/,
  /^internal\/instance-manager\/redis\/(config|info|log|metrics|saving)\.ts$/,
  // Words that all of them share.
  /^internal\/(errors|time\/units|control\/(grants|lease|passwords|protocol|switchover)|kube\/(objects|resources|backoff|managed-fields|paths)|pki\/(facts|material|renewal))\.ts$/,
];
/** What lies in a pure folder and acts all the same. */
const acting: readonly RegExp[] = [
  // Writes what the pure rest of its folder finds to differ.
  /^internal\/controller\/cluster\/apply\/apply-objects\.ts$/,
  // Connections to instances, and their streams.
  /^internal\/controller\/cluster\/instances\//,
];

export const isPure = (path: string): boolean =>
  pure.some((one) => one.test(path)) && !acting.some((one) => one.test(path));

const forbidden: readonly { readonly pattern: RegExp; readonly right: string }[] = [
  { pattern: /\b(?:await|async)\b/g, right: 'pure code does not wait' },
  {
    pattern: /\b(?:Date\.now\b|new Date\(\s*\)|(?<!new )\bDate\(\s*\)|performance\.)/g,
    right: 'pure code is told the time',
  },
  { pattern: /\bMath\.random\b/g, right: 'pure code is told what chance says' },
  {
    pattern: /\b(?:set(?:Timeout|Interval|Immediate)|queueMicrotask|AbortSignal\.timeout)\b/g,
    right: 'pure code has no timers; return when to come back',
  },
  { pattern: /(?<![.\w])(?:web)?crypto\.|\brandomBytes\b/g, right: 'pure code makes no secrets' },
  { pattern: /(?<![.\w])console\./g, right: 'pure code does not log; return the reason in words' },
  { pattern: /(?<![.\w])fetch\(/g, right: 'pure code asks nobody' },
  {
    pattern:
      /(?<![.\w])process\.(?:env|argv|exit\(|on\(|once\(|kill|std|cwd|hrtime|nextTick|memory|cpu|getBuiltin|platform|version|uptime)|\bglobalThis\b/g,
    right: 'pure code does not know its process',
  },
];

export const pureCodeIsPure: Rule = ({ sources }) =>
  sources
    .filter((source) => isProduct(source) && isPure(source.path))
    .flatMap((source) => [...wordsForbidden(source), ...importsForbidden(source)]);

const wordsForbidden = ({ path, bare }: Source): readonly string[] =>
  forbidden.flatMap(({ pattern, right }) =>
    [...bare.matchAll(pattern)].map((found) => `${path}:${lineOf(bare, found.index)} ${found[0]}: ${right}`),
  );

const importsForbidden = ({ path, imports }: Source): readonly string[] =>
  imports
    .filter((one) => !mayImport(path, one))
    .map(
      ({ specifier }) =>
        `${path} imports ${specifier}: pure code imports only pure code (test/tidy/rules/purity.ts says what that is)`,
    );

function mayImport(from: string, one: SourceImport): boolean {
  if (one.path !== undefined) return isPure(one.path) || isPortType(one);
  const name = packageOf(one);
  // Types of Kubernetes' own are gone when it runs.
  if (name === 'kubernetes-types') return one.kind === 'type';
  return name === 'zod' && from.startsWith('api/');
}

/** What passes through a port is named there. */
const isPortType = ({ kind, path }: SourceImport): boolean =>
  kind === 'type' && (path ?? '').endsWith('/ports.ts');
