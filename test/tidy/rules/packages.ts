import { isProduct, type Rule } from '../reading/repository.ts';
import { packageOf, type SourceImport } from '../reading/source.ts';
import { reach } from './graph.ts';

interface Home {
  readonly where: RegExp;
  readonly named: string;
  readonly typesOnly?: true;
}

/** Where each package that ends up in the binary may be imported: one place that could be rewritten without it. */
const homes: Readonly<Record<string, Home>> = {
  '@kubernetes/client-node': {
    where: /^internal\/kube\/kubeconfig\.ts$/,
    named: 'internal/kube/kubeconfig.ts',
  },
  '@peculiar/x509': { where: /^internal\/pki\//, named: 'internal/pki/' },
  'kubernetes-types': { where: /./, named: 'anywhere, for types alone', typesOnly: true },
  pino: { where: /^internal\/log\//, named: 'internal/log/' },
  'prom-client': {
    where: /^internal\/cmd\/manager\/controller\//,
    named: 'internal/cmd/manager/controller/',
  },
  zod: { where: /^api\//, named: 'api/' },
};

export const packagesStayHome: Rule = ({ sources }) =>
  sources.filter(isProduct).flatMap(({ path, imports }) =>
    imports.flatMap((one) => {
      const problem = awayFromHome(path, one);
      return problem === undefined ? [] : [`${path} imports ${one.specifier}: ${problem}`];
    }),
  );

function awayFromHome(path: string, one: SourceImport): string | undefined {
  const name = packageOf(one);
  if (name === undefined) return undefined;
  const home = Object.hasOwn(homes, name) ? homes[name] : undefined;
  if (home === undefined)
    return `${name} has no place in the binary; give it one in test/tidy/rules/packages.ts`;
  if (home.typesOnly && one.kind !== 'type') return `of ${name} only types may be imported`;
  return home.where.test(path) ? undefined : `${name} is imported in ${home.named} alone`;
}

const instance = 'internal/cmd/manager/instance/run.ts';
/** What each would cost in every pod: private memory as measured, zod's with our schemas. */
const heavy: Readonly<Record<string, string>> = {
  '@kubernetes/client-node': '30 MB',
  '@peculiar/x509': 'code that makes certificates, which the operator alone does',
  'prom-client': '13 MB',
  zod: '3.5 MB',
};

/** What an instance loads when it starts is paid for in every pod. */
export const instancesAreLean: Rule = ({ sources }) => {
  const ways = reach(sources, [instance], ['static']);
  if (!sources.some(({ path }) => path === instance))
    return [`${instance} is not there: name an instance's entry here`];
  return sources.flatMap(({ path, imports }) => {
    const way = ways.get(path);
    if (way === undefined) return [];
    return imports.flatMap((one) => {
      const name = packageOf(one) ?? '';
      if (one.kind !== 'static' || !Object.hasOwn(heavy, name)) return [];
      return [
        `an instance loads ${name} by ${way.join(' → ')}: it costs ${heavy[name]} in every pod; import it on demand, or in the operator`,
      ];
    });
  });
};
