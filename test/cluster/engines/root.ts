import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from '../run.ts';

const loader = 'lib64/ld-linux-x86-64.so.2';
const libraryFolder = 'lib/x86_64-linux-gnu';
const packagedLibraries = [libraryFolder, `usr/${libraryFolder}`];

/** A program to be taken over: from a path below the packages' folder, to a path in the image. */
export interface ProgramCopy {
  readonly from: string;
  readonly to: string;
}

/** Copies programs with exactly the libraries that they are linked with. */
export async function copyPrograms(
  programs: readonly ProgramCopy[],
  packages: string,
  root: string,
): Promise<void> {
  for (const { from, to } of programs) {
    const source = join(packages, from);
    copyExecutable(source, join(root, to));
    for (const library of await librariesOf(source, packages)) {
      copyExecutable(library, join(root, libraryFolder, basename(library)));
    }
  }
  copyExecutable(findLoader(packages), join(root, loader));
}

/** A shell and the usual small commands, all in one file: for people who look into a pod. */
export async function copyShell(packages: string, root: string): Promise<void> {
  const busybox = firstOf(packages, ['bin/busybox', 'usr/bin/busybox']);
  copyExecutable(busybox, join(root, 'bin/busybox'));
  const commands = await run([join(root, 'bin/busybox'), '--list']);
  for (const command of commands
    .trim()
    .split('\n')
    .filter((name) => name !== 'busybox')) {
    symlinkSync('busybox', join(root, 'bin', command));
  }
}

/** The two files by which programs give a number a name. */
export function writeUsers(users: Readonly<Record<string, number>>, root: string): void {
  const all = Object.entries({ root: 0, ...users });
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(
    join(root, 'etc/passwd'),
    all.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh\n`).join(''),
  );
  writeFileSync(join(root, 'etc/group'), all.map(([name, id]) => `${name}:x:${id}:\n`).join(''));
}

/**
 * Makes a program of the image callable on this machine, whose own libraries may be of other versions.
 * To the system a process started so is one of the loader's.
 */
export function writeLauncher(program: string, root: string, launcher: string): void {
  mkdirSync(dirname(launcher), { recursive: true });
  const here = '$(dirname "$(readlink -f "$0")")/..';
  const libraries = `"$root/${libraryFolder}"`;
  const command = `exec "$root/${loader}" --library-path ${libraries} "$root/${program}" "$@"`;
  writeFileSync(launcher, `#!/bin/sh\nroot=${here}/${basename(root)}\n${command}\n`, { mode: 0o755 });
}

async function librariesOf(program: string, packages: string): Promise<readonly string[]> {
  const searched = packagedLibraries.map((folder) => join(packages, folder)).join(':');
  const command = [findLoader(packages), '--library-path', searched, '--list', program];
  const found = (await run(command)).matchAll(/=> (\/\S+)/g);
  return [...found].map(([, path = '']) => path).filter((path) => path.startsWith(packages));
}

/** It lies beside the libraries; /lib64 has no more than a link, which is absolute and so leads out of the folder. */
const findLoader = (packages: string): string =>
  firstOf(
    packages,
    packagedLibraries.map((folder) => join(folder, basename(loader))),
  );

function firstOf(folder: string, paths: readonly string[]): string {
  const found = paths.map((path) => join(folder, path)).find(existsSync);
  if (found === undefined) throw new Error(`${folder} has none of ${paths.join(', ')}`);
  return found;
}

function copyExecutable(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}
