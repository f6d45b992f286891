import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { redisClusterDefinition } from './generate/definition.ts';

/**
 * Writes what is generated from the schemas, or with --verify checks that it is fresh.
 * Usage: node build/generate.ts [--verify]
 */
const { values } = parseArgs({ options: { verify: { type: 'boolean', default: false } } });

const head = '# Generated from api/v1 by `make generate`. Do not edit.\n';
const files: Readonly<Record<string, () => unknown>> = {
  'config/crd/redis.io_redisclusters.yaml': redisClusterDefinition,
};

const stale: string[] = [];
for (const [path, make] of Object.entries(files)) {
  const text = `${head}${stringify(make(), { lineWidth: 0, aliasDuplicateObjects: false })}`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(path);
  if (values.verify) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
if (values.verify && stale.length > 0) {
  console.error(`stale, run \`make generate\`: ${stale.join(', ')}`);
  process.exitCode = 1;
}
