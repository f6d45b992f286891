import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePackages } from '../../build/binary/debian.ts';

/** The root of the operator's image, as it was built. */
export const operatorRoot = 'dist/manager/linux-amd64';

/** A folder to be used as a root, gone at the end of `use`. */
export async function withRoot(use: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'image-root-'));
  try {
    await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Copies the manager as an init container does: by itself, out of the operator's image, into the other root. */
export function copyManagerInto(root: string): void {
  withoutAnythingElse(operatorRoot, (image) => {
    runIn(image, '/controller/manager', 'copy-binary', '/copy');
    mkdirSync(root, { recursive: true });
    cpSync(join(image, 'copy'), join(root, 'controller'), { recursive: true });
  });
}

function withoutAnythingElse(tree: string, use: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'operator-root-'));
  try {
    cpSync(tree, root, { recursive: true });
    use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** How a program is started that has `root` for its whole file system, with a /proc of its own as in any container. */
export function commandIn(root: string, command: readonly string[]): readonly [string, readonly string[]] {
  mkdirSync(join(root, 'proc'), { recursive: true });
  return ['/usr/bin/unshare', ['--mount', '--pid', '--fork', `--root=${root}`, '--mount-proc', ...command]];
}

/** What it prints. Throws with its standard error when it fails. */
export function runIn(root: string, ...command: readonly string[]): string {
  const [program, args] = commandIn(root, command);
  return execFileSync(program, args, { encoding: 'utf8', env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Puts musl's C library where the loader of an image such as Alpine's lies; there is no other. */
export function addMusl(root: string): void {
  requirePackages(['musl']);
  mkdirSync(join(root, 'lib'), { recursive: true });
  const files = readdirSync('/lib').filter((name) => name.startsWith('ld-musl-'));
  if (files.length === 0) throw new Error('the package musl brought no loader');
  for (const name of files) copyFileSync(realpathSync(join('/lib', name)), join(root, 'lib', name));
}
