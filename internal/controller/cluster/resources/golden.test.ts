import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { parseRedisCluster, type RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { KubeObject } from '../../../kube/objects.ts';
import { buildAuthSecret } from './auth-secret.ts';
import { buildClaim } from './claim.ts';
import { buildAuthoritySecret, buildControlSecret } from './control-secret.ts';
import { desiredObjects } from './desired-objects.ts';
import { buildPod } from './pod.ts';

/**
 * Every manifest of two clusters, the least and the most that a user can write, as it was when somebody last looked.
 * `UPDATE_GOLDEN=1 node --test internal/controller/cluster/resources/golden.test.ts` writes them anew: read the difference
 * before it is committed, since another spec hash makes every pod outdated.
 */
const folder = join(import.meta.dirname, 'golden');

const operatorImage = 'localhost/redis-operator:dev';
const material = {
  authority: { 'ca.crt': 'A', 'ca.key': 'B', 'client.crt': 'C', 'client.key': 'D' },
  instance: { 'ca.crt': 'A', 'tls.crt': 'E', 'tls.key': 'F' },
};

function clusterIn(file: string): RedisCluster {
  const parsed = parseRedisCluster(parse(readFileSync(join(folder, file), 'utf8')));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

const manifestsOf = (cluster: RedisCluster): readonly KubeObject[] => [
  ...desiredObjects(cluster, 'shop-1').map(({ object }) => object),
  buildAuthSecret(cluster, 'password'),
  buildAuthoritySecret(cluster, material.authority),
  buildControlSecret(cluster, material.instance),
  buildClaim(cluster, 0),
  buildPod(cluster, 0, operatorImage),
];

for (const name of ['minimal', 'full']) {
  test(`the manifests of a ${name} cluster are as they were`, () => {
    const manifests = manifestsOf(clusterIn(`${name}-cluster.yaml`));
    const text = manifests
      .map((manifest) => stringify(manifest, { aliasDuplicateObjects: false }))
      .join('---\n');
    const file = join(folder, `${name}.golden`);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
    assert.equal(
      text,
      readFileSync(file, 'utf8'),
      'see the comment in this test on how to take the change over',
    );
  });
}
