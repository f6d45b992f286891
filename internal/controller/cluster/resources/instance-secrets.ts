import { authSecret, controlSecret } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';

/** A Secret that instances of a cluster read, and the keys they read of it. */
export interface InstanceSecret {
  readonly name: string;
  readonly keys: readonly string[];
}

/** The name of the Secret with the password of the default user: the user's own, or the one we make. */
export const passwordSecretName = (cluster: RedisCluster): string =>
  cluster.spec.authSecret?.name ?? authSecret(cluster.metadata.name);

/**
 * Every Secret of an instance, each once: what its pods mount and its Role allows are made from this one list.
 * The authority's Secret is never in it: whoever reads that can speak for the operator.
 */
export const instanceSecrets = (cluster: RedisCluster): readonly InstanceSecret[] => [
  { name: passwordSecretName(cluster), keys: ['password'] },
  { name: controlSecret(cluster.metadata.name), keys: ['tls.crt', 'tls.key', 'ca.crt'] },
];
