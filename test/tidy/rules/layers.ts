import { isProduct, type Rule } from '../reading/repository.ts';

interface Layer {
  readonly name: string;
  readonly holds: RegExp;
  readonly mayImport: RegExp;
  /** The same in words, as the end of a sentence. */
  readonly right: string;
}

/** Who may import whom. The first that holds a file is its layer; a new folder of internal/ is one of adapters. */
const layers: readonly Layer[] = [
  { name: 'the API', holds: /^api\//, mayImport: /^api\//, right: 'nothing of ours outside api/' },
  {
    name: 'the ground',
    holds: /^internal\/(errors\.ts|version\.ts|time\/)/,
    mayImport: /^internal\/(errors\.ts|version\.ts|time\/)/,
    right: 'internal/errors.ts, internal/version.ts and internal/time/ alone',
  },
  {
    name: 'the operator',
    holds: /^internal\/controller\//,
    mayImport: /^(api|internal)\/(?!cmd\/|instance-manager\/|simulation\/)/,
    right: 'api/, adapters and its own kind, never the instance manager nor what puts it together',
  },
  {
    name: 'the instance manager',
    holds: /^internal\/instance-manager\//,
    mayImport: /^(api|internal)\/(?!cmd\/|controller\/|simulation\/)/,
    right: 'api/, adapters and its own kind, never the operator nor what puts it together',
  },
  {
    name: 'what puts the operator together',
    holds: /^internal\/cmd\/manager\/controller\//,
    mayImport: /^(api|internal)\/(?!cmd\/manager\/(?!controller\/)|instance-manager\/|simulation\/)/,
    right: 'anything of api/ and internal/ but the other role and the simulation',
  },
  {
    name: 'what puts an instance together',
    holds: /^internal\/cmd\/manager\/instance\//,
    mayImport: /^(api|internal)\/(?!cmd\/manager\/(?!instance\/)|controller\/|simulation\/)/,
    right: 'anything of api/ and internal/ but the other role and the simulation',
  },
  {
    name: 'another subcommand',
    holds: /^internal\/cmd\//,
    mayImport: /^(api|internal)\/(?!simulation\/)/,
    right: 'anything of api/ and internal/ but the simulation',
  },
  {
    name: 'the command line',
    holds: /^cmd\//,
    mayImport: /^(cmd\/|internal\/(cmd\/|errors\.ts|version\.ts))/,
    right: 'cmd/, internal/cmd/, internal/errors.ts and internal/version.ts alone',
  },
  {
    name: 'a webhook',
    holds: /^webhooks\//,
    mayImport: /^(api|webhooks|internal)\/(?!cmd\/|controller\/|instance-manager\/|simulation\/)/,
    right: 'api/, webhooks/ and adapters alone',
  },
  {
    name: 'an adapter',
    holds: /^internal\//,
    mayImport: /^(api|internal)\/(?!cmd\/|controller\/|instance-manager\/|simulation\/)/,
    right: 'api/ and other adapters alone, never who uses them',
  },
];

export const layersHold: Rule = ({ sources }) =>
  sources.filter(isProduct).flatMap(({ path, imports }) => {
    const layer = layers.find(({ holds }) => holds.test(path));
    return imports.flatMap((one) =>
      layer === undefined || one.path === undefined || layer.mayImport.test(one.path)
        ? []
        : [`${path} imports ${one.path}: ${layer.name} may import ${layer.right}`],
    );
  });

const main = 'cmd/manager/main.ts';

export const nobodyImportsMain: Rule = ({ sources }) =>
  sources
    .filter(({ imports }) => imports.some((one) => one.path === main))
    .map(({ path }) => `${path} imports ${main}: that file runs the program; import what it imports`);

/** Names of folders that say nothing of what lies in them. */
const emptyNames = /(?:^|\/)(utils?|helpers?|common|misc|lib|shared)\//;

export const foldersAreNamed: Rule = ({ files }) => {
  const folders = new Set(files.flatMap(({ path }) => emptyNames.exec(path)?.[1] ?? []));
  return [...folders].map(
    (name) => `there is a folder named ${name}: name it after what its files are about, or put them there`,
  );
};
