import { group, version } from '../../api/v1/names.ts';
import { specSchema } from '../../api/v1/schema/spec.ts';
import { statusSchema } from '../../api/v1/schema/status.ts';
import { placedRules, rootRules } from './rules.ts';
import { addRules, type Schema, structural } from './structural.ts';

const column = (name: string, type: string, jsonPath: string, description: string) => ({
  name,
  type,
  jsonPath,
  description,
});

/** The CustomResourceDefinition of RedisCluster. */
export function redisClusterDefinition(): unknown {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `redisclusters.${group}`, labels: { 'app.kubernetes.io/name': 'redis-operator' } },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: 'RedisCluster',
        listKind: 'RedisClusterList',
        plural: 'redisclusters',
        singular: 'rediscluster',
        // kubectl takes rc for ReplicationController first; rdc is ours alone.
        shortNames: ['rc', 'rdc'],
        categories: ['all'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: [
            column('Instances', 'integer', '.spec.instances', 'Instances wanted.'),
            column('Ready', 'integer', '.status.readyInstances', 'Instances ready.'),
            column('Phase', 'string', '.status.phase', 'Where the cluster is in its life.'),
            column('Primary', 'string', '.status.currentPrimary', 'The instance that takes writes.'),
            column('Term', 'integer', '.status.term', 'Grows with each appointment of a primary.'),
            column('Age', 'date', '.metadata.creationTimestamp', 'How long it has existed.'),
          ],
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.instances',
              statusReplicasPath: '.status.instances',
              labelSelectorPath: '.status.selector',
            },
          },
          schema: { openAPIV3Schema: schema() },
        },
      ],
    },
  };
}

function schema(): Schema {
  const spec = placedRules.reduce(
    (before, { at, rule }) => addRules(before, at, [rule]),
    structural(specSchema),
  );
  return {
    type: 'object',
    description: 'A cluster of Redis or Valkey: one primary and its replicas.',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'The version of this schema: redis.io/v1.' },
      kind: { type: 'string', description: 'RedisCluster.' },
      metadata: { type: 'object' },
      spec: { ...spec, description: 'What is wanted. The operator never changes it.' },
      status: {
        ...structural(statusSchema),
        description:
          'What is. Only term, targetPrimary, currentPrimary, primaryFencedSince and primarySince are ever read back.',
      },
    },
    'x-kubernetes-validations': rootRules,
  };
}
