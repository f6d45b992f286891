import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { OperatorError } from '../../internal/errors.ts';
import { cached, cacheFolder } from './cache.ts';
import { step } from './progress.ts';
import { run } from './run.ts';

/** Programs that are built from one Go module, pinned by a go.mod and go.sum of our own. */
interface Module {
  /** The folder below modules/, and the first part of the cache's key. */
  readonly name: string;
  readonly path: string;
  /** From program to Go package. */
  readonly programs: Readonly<Record<string, string>>;
  readonly tags?: string;
  /** What the linker writes into the programs, so that they tell their version. */
  readonly stamps?: (version: string) => readonly string[];
}

const kubernetes = (program: string): string => `k8s.io/kubernetes/cmd/${program}`;
const containerd = 'github.com/containerd/containerd/v2';

const modules: readonly Module[] = [
  {
    name: 'kube',
    path: 'k8s.io/kubernetes',
    programs: {
      'kube-apiserver': kubernetes('kube-apiserver'),
      'kube-controller-manager': kubernetes('kube-controller-manager'),
      'kube-scheduler': kubernetes('kube-scheduler'),
      kubelet: kubernetes('kubelet'),
      'kube-proxy': kubernetes('kube-proxy'),
      kubectl: kubernetes('kubectl'),
    },
    stamps: kubernetesStamps,
  },
  { name: 'etcd', path: 'go.etcd.io/etcd/server/v3', programs: { etcd: 'go.etcd.io/etcd/server/v3' } },
  {
    name: 'containerd',
    path: containerd,
    programs: {
      containerd: `${containerd}/cmd/containerd`,
      'containerd-shim-runc-v2': `${containerd}/cmd/containerd-shim-runc-v2`,
      ctr: `${containerd}/cmd/ctr`,
    },
    tags: 'no_btrfs no_zfs no_devmapper no_aufs',
    stamps: (version) => [`${containerd}/version.Version=${version}`],
  },
  {
    name: 'coredns',
    path: 'github.com/coredns/coredns',
    programs: { coredns: 'github.com/coredns/coredns' },
  },
];

/** The folders in which programs are looked for, best first: given ones, then the cache, then the PATH. */
export function programFolders(environment: NodeJS.ProcessEnv): readonly string[] {
  const given = environment['KUBEBUILDER_ASSETS'];
  const path = (environment['PATH'] ?? '').split(delimiter);
  const all = [...(given ? [given] : []), ...modules.map(cachedPrograms), ...path];
  return [...all, '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
}

/** The programs of a cluster that are not to be found in any of the folders. */
export function missingPrograms(folders: readonly string[]): readonly string[] {
  return modules.flatMap((module) => missingOf(module, folders));
}

/** Builds, into the cache, each module of which a program is missing. Minutes the first time, nothing afterwards. */
export async function buildMissingPrograms(folders: readonly string[]): Promise<void> {
  for (const module of modules.filter((each) => missingOf(each, folders).length > 0)) {
    const key = cacheKey(module);
    await cached(key, (folder) => step(`build ${key} from Go modules`, () => build(module, folder)));
  }
}

/** The full path of a program. Throws ProgramMissing. */
export function findProgram(name: string, folders: readonly string[]): string {
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined) throw new OperatorError({ code: 'ProgramMissing' }, `${name} is not installed`);
  return found;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missingOf(module: Module, folders: readonly string[]): readonly string[] {
  return Object.keys(module.programs).filter(
    (name) => !folders.some((folder) => isExecutable(join(folder, name))),
  );
}

async function build(module: Module, folder: string): Promise<void> {
  const stamps = module.stamps?.(versionOf(module)) ?? [];
  const flags = ['-trimpath', '-mod=readonly', '-tags', module.tags ?? ''];
  const linkerFlags = ['-s', '-w', ...stamps.map((stamp) => `-X ${stamp}`)].join(' ');
  for (const [program, source] of Object.entries(module.programs)) {
    const command = ['go', 'build', ...flags, '-ldflags', linkerFlags, '-o', join(folder, program), source];
    const options = { folder: moduleFolder(module), environment: { CGO_ENABLED: '0' } };
    await step(`  ${program}`, () => run(command, options));
  }
}

/** Clients read the version of a server from these; without them it is v0.0.0. */
function kubernetesStamps(version: string): readonly string[] {
  const [major, minor] = version.split('.');
  const server = 'k8s.io/component-base/version';
  return [
    `${server}.gitVersion=v${version}`,
    `${server}.gitMajor=${major}`,
    `${server}.gitMinor=${minor}`,
    `k8s.io/client-go/pkg/version.gitVersion=v${version}`,
  ];
}

const moduleFolder = (module: Module): string => join(import.meta.dirname, 'modules', module.name);
const cacheKey = (module: Module): string => `${module.name}-${versionOf(module)}`;
const cachedPrograms = (module: Module): string => join(cacheFolder(), cacheKey(module));

/** The one place that pins a version is the module's go.mod. */
function versionOf(module: Module): string {
  const file = join(moduleFolder(module), 'go.mod');
  const pinned = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const line = pinned.split('\n').find((each) =>
    each
      .trim()
      .replace(/^require /, '')
      .startsWith(`${module.path} v`),
  );
  const version = line?.match(/ v([0-9.]+)/)?.[1];
  if (version === undefined) throw new Error(`${file} requires no version of ${module.path}`);
  return version;
}
