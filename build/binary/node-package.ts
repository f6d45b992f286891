import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pins from '../node.json' with { type: 'json' };
import { cacheFolder } from './cache.ts';
import type { Platform } from './platforms.ts';

/** The version of Node that the binary is made from. */
export const nodeVersion = pins.version;

/** The node binary of a platform. Where `build/bootstrap.sh` has brought Node, that of this machine is there already. */
export function fetchNode({ nodePackage }: Platform): string {
  const folder = cacheFolder(`${nodePackage}-${nodeVersion}`);
  const binary = join(folder, 'bin', 'node');
  if (existsSync(binary)) return binary;
  const name = `${nodePackage}@${nodeVersion}`;
  const archive = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, name], {
    encoding: 'utf8',
  });
  const path = join(folder, archive.trim());
  const found = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
  if (found !== pins.integrity[nodePackage])
    throw new Error(`${name} is not what it was: its integrity is ${found}`);
  const draft = join(folder, `draft-${process.pid}`);
  mkdirSync(draft);
  execFileSync('tar', ['-xzf', path, '-C', draft, '--strip-components=1', 'package/bin/node']);
  renameSync(join(draft, 'bin'), join(folder, 'bin'));
  rmSync(draft, { recursive: true });
  rmSync(path);
  return binary;
}
