import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bundles } from './bundle.ts';
import { cacheFolder } from './cache.ts';
import { requirePackages } from './debian.ts';
import { fetchNode, nodeVersion } from './node-package.ts';
import type { Platform } from './platforms.ts';

/** Makes `manager` in `folder`: Node, stripped, with the bundles inside. */
export function makeExecutable(platform: Platform, bundles: Bundles, folder: string): void {
  requirePackages(platform.debianPackages);
  const node = strippedNode(platform);
  mkdirSync(folder, { recursive: true });
  const config = {
    main: bundles.main,
    output: join(folder, 'manager'),
    executable: node,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // An instance runs lean by NODE_OPTIONS, the operator does not.
    execArgvExtension: 'env',
    assets: {
      controller: bundles.controller,
      instance: bundles.instance,
      ...(bundles.instanceCode === undefined ? {} : { 'instance.code': bundles.instanceCode }),
    },
  };
  const path = `dist/bundles/sea-${platform.architecture}.json`;
  writeFileSync(path, JSON.stringify(config, undefined, 2));
  execFileSync(process.execPath, [`--build-sea=${path}`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Strip comes first: it would cut off what is put in afterwards. 117 MB instead of 150. */
function strippedNode(platform: Platform): string {
  const original = fetchNode(platform);
  const stripped = resolve(cacheFolder(`node-stripped-${platform.architecture}-${nodeVersion}`), 'node');
  if (existsSync(stripped)) return stripped;
  const draft = `${stripped}.${process.pid}`;
  copyFileSync(original, draft);
  execFileSync(platform.strip, [draft]);
  renameSync(draft, stripped);
  return stripped;
}
