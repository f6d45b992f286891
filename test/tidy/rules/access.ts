import { parseAllDocuments } from 'yaml';
import type { Rule } from '../reading/repository.ts';

interface AccessRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
}

const reading: readonly string[] = ['get', 'list', 'watch'];
/** The parts of our own kinds that the operator writes: everything else of them is the user's (invariant I12). */
const written = /\/(status|finalizers)$/;

/** The operator's role lets it write no spec, and nothing by a wildcard. */
export const specIsTheUsers: Rule = ({ files }) =>
  files
    .filter(({ path }) => /^config\/rbac\/.*\.ya?ml$/.test(path))
    .flatMap(({ path, text }) =>
      rulesIn(text).flatMap((rule) => tooMuch(rule).map((what) => `${path} ${what}`)),
    );

function rulesIn(text: string): readonly AccessRule[] {
  return parseAllDocuments(text).flatMap((document) => {
    const object = document.toJS() as { readonly rules?: readonly AccessRule[] } | null;
    return object?.rules ?? [];
  });
}

function tooMuch({ apiGroups = [], resources = [], verbs = [] }: AccessRule): readonly string[] {
  const wild = [...apiGroups, ...resources, ...verbs].includes('*')
    ? ['has a wildcard: name the groups, the resources and the verbs']
    : [];
  const writes = verbs.filter((verb) => !reading.includes(verb));
  if (!apiGroups.includes('redis.io') || writes.length === 0) return wild;
  const specs = resources.filter((resource) => !written.test(resource));
  return [
    ...wild,
    ...specs.map((one) => `lets the operator ${writes.join(', ')} ${one}: it may only ${reading.join(', ')}`),
  ];
}
