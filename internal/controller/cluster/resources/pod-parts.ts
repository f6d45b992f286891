import { Annotation } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import { type PodParts, partNames } from '../view.ts';
import { fingerprint } from './fingerprint.ts';
import { passwordSecretName } from './instance-secrets.ts';

/** On pods: what of the user's wishes they were made from, part by part, as JSON. */
export const partsAnnotation = 'redis.io/spec-parts';

/**
 * What of the user's wishes shapes a pod, part by part. Nothing of ours is among it: another version of the operator makes
 * no pod outdated, and what is new in it comes with the next restart.
 */
export function podParts(cluster: RedisCluster): PodParts {
  const { metadata, spec } = cluster;
  const { nodeSelector, affinity, tolerations, topologySpreadConstraints, podTemplate, storage } = spec;
  const { redis, memory, persistence } = spec;
  const restartedAt = metadata.annotations?.[Annotation.restartedAt];
  return {
    image: spec.imageName,
    resources: fingerprint(spec.resources),
    ...(restartedAt === undefined ? {} : { restartedAt }),
    placement: fingerprint({ nodeSelector, affinity, tolerations, topologySpreadConstraints }),
    podTemplate: fingerprint(podTemplate ?? {}),
    secrets: passwordSecretName(cluster),
    storage: storage.type === 'pvc' ? 'pvc' : `emptyDir ${storage.size}`,
    settings: fingerprint({ redis, memory, persistence }),
  };
}

/** What an annotation says; undefined where there is none or it cannot be read: the pod was made by somebody else. */
export function readParts(text: string | undefined): PodParts | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const parts = partNames.flatMap((name) => {
    const part = fields[name];
    return typeof part === 'string' ? [[name, part] as const] : [];
  });
  return Object.fromEntries(parts);
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
