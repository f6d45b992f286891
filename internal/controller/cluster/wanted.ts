import { podName } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import { builtFrom, madeFor, settingsHash } from './facts.ts';
import { buildClaim } from './resources/claim.ts';
import { canonicalJson, fingerprint } from './resources/fingerprint.ts';
import { buildPod } from './resources/pod.ts';
import { partsAnnotation, podParts } from './resources/pod-parts.ts';

/** A pod as it would be made now, and the hash to tell by whether an existing one is the same. */
export interface WantedPod {
  readonly pod: Pod;
  readonly hash: string;
}

/** By pod name, the hash of each pod as it would be made now. */
export function wantedHashes(cluster: RedisCluster, operatorImage: string): ReadonlyMap<string, string> {
  const ordinals = Array.from({ length: cluster.spec.instances }, (_, ordinal) => ordinal);
  const hashOf = (ordinal: number): string => wantedPod(cluster, ordinal, operatorImage).hash;
  return new Map(ordinals.map((ordinal) => [podName(cluster.metadata.name, ordinal), hashOf(ordinal)]));
}

/**
 * All of a cluster that manifests are made from, to tell by whether they would be others now: the API server counts the
 * versions of a spec.
 */
export const specInputs = ({ metadata, spec }: RedisCluster): readonly unknown[] => [
  metadata.uid,
  metadata.generation ?? spec,
  JSON.stringify(metadata.annotations),
];

export function wantedPod(cluster: RedisCluster, ordinal: number, operatorImage: string): WantedPod {
  const built = buildPod(cluster, ordinal, operatorImage);
  const { redis, memory, persistence } = cluster.spec;
  const annotations = {
    ...built.metadata.annotations,
    [settingsHash]: fingerprint({ redis, memory, persistence }),
    [partsAnnotation]: canonicalJson(podParts(cluster)),
  };
  return {
    pod: { ...built, metadata: { ...built.metadata, annotations } },
    hash: builtFrom(annotations),
  };
}

/** A claim that says for which cluster object it was made, empty: a later one of that name will not trust it to be. */
export function wantedClaim(cluster: RedisCluster, ordinal: number): PersistentVolumeClaim {
  const claim = buildClaim(cluster, ordinal);
  const annotations = { ...claim.metadata.annotations, [madeFor]: cluster.metadata.uid };
  return { ...claim, metadata: { ...claim.metadata, annotations } };
}
