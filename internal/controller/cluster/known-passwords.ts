import { randomBytes } from 'node:crypto';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { Secret } from '../../kube/resources.ts';

interface Known {
  readonly uid: string;
  readonly password: string;
}

/**
 * The passwords that lay in the clusters' Secrets when they were last looked at: a Secret that somebody deletes comes back
 * as it was, and nobody notices. Held in memory alone; another operator process makes a new one, which is then rotated to.
 */
export class KnownPasswords {
  readonly #known = new Map<string, Known>();

  /** An emptied Secret is none to come back. */
  see({ metadata }: RedisCluster, secret: Secret): void {
    const password = atob(secret.data?.['password'] ?? '');
    if (password !== '') this.#known.set(keyOf(metadata), { uid: metadata.uid, password });
  }

  /** Of this very cluster object: one that is made anew under the same name has nothing to do with it. */
  of({ metadata }: RedisCluster): string | undefined {
    const known = this.#known.get(keyOf(metadata));
    return known?.uid === metadata.uid ? known.password : undefined;
  }

  forget(cluster: { readonly namespace: string; readonly name: string }): void {
    this.#known.delete(keyOf(cluster));
  }
}

/** 24 random bytes are 32 characters that no configuration file has to quote. */
const passwordBytes = 24;
export const newPassword = (): string => randomBytes(passwordBytes).toString('base64url');

const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;
