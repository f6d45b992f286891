import { readFile } from 'node:fs/promises';

/** How to reach an API server, and who to be there. */
export interface KubeConfig {
  readonly server: URL;
  /** PEM; undefined trusts the system's authorities. */
  readonly ca: string | undefined;
  readonly credentials: Credentials;
}

export type Credentials =
  | { readonly kind: 'tokenFile'; readonly path: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string }
  | { readonly kind: 'none' };

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server and identity that every pod is given. Rejects when not in a pod.
 * @param env where KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are looked up
 */
export async function inClusterConfig(env: NodeJS.ProcessEnv): Promise<KubeConfig> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host === undefined) {
    throw new Error('KUBERNETES_SERVICE_HOST is not set: this is no pod; give a kubeconfig instead');
  }
  const address = host.includes(':') ? `[${host}]` : host;
  return {
    server: new URL(`https://${address}:${port}`),
    ca: await readFile(`${serviceAccountFolder}/ca.crt`, 'utf8'),
    credentials: { kind: 'tokenFile', path: `${serviceAccountFolder}/token` },
  };
}
