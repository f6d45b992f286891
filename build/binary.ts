import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleRoles } from './binary/bundle.ts';
import { makeExecutable } from './binary/executable.ts';
import { addLibraries } from './binary/libraries.ts';
import { type Architecture, platforms } from './binary/platforms.ts';
import { isFresh, markFresh } from './binary/stamp.ts';

/**
 * Builds the binary `manager` for one architecture: dist/manager/linux-<arch> is the root of the operator's image. One of
 * another version than package.json's lies beside it, under its version: tests of upgrades need two.
 * Usage: node build/binary.ts [--arch amd64|arm64] [--version VERSION]
 */
const { values } = parseArgs({
  options: { arch: { type: 'string', default: 'amd64' }, version: { type: 'string' } },
});
const platform = platforms[values.arch as Architecture];
if (platform === undefined) {
  console.error(`--arch ${values.arch} is wrong: it must be one of ${Object.keys(platforms).join(', ')}`);
  process.exit(2);
}
const own = (JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }).version;
const version = values.version ?? own;
const root = `dist/manager/linux-${values.arch}${version === own ? '' : `-${version}`}`;
const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
if (isFresh(root, commit)) console.log(`${root} is up to date`);
else {
  const started = performance.now();
  rmSync(root, { recursive: true, force: true });
  const bundles = await bundleRoles(platform, commit, version);
  makeExecutable(platform, bundles, `${root}/controller`);
  await addLibraries(platform, `${root}/controller`);
  markFresh(root, commit);
  console.log(`built ${root} in ${Math.round(performance.now() - started)} ms`);
}
