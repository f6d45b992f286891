import { KubeConfig as KubeconfigFile } from '@kubernetes/client-node';
import type { Credentials, KubeConfig } from './config.ts';

/**
 * The current context of a kubeconfig file, exec plugins included. For the operator out of cluster and for tools: what
 * it costs to load is too much for an instance. Credentials that a plugin makes are not renewed.
 */
export async function kubeconfigFrom(path: string): Promise<KubeConfig> {
  const file = new KubeconfigFile();
  file.loadFromFile(path);
  const cluster = file.getCurrentCluster();
  if (cluster === null) throw new Error(`${path}: the current context names no cluster`);
  const options: { ca?: unknown; cert?: unknown; key?: unknown; headers?: Record<string, string> } = {};
  await file.applyToHTTPSOptions(options);
  return {
    server: new URL(cluster.server),
    ca: options.ca === undefined || options.ca === null ? undefined : String(options.ca),
    credentials: credentialsIn(options),
  };
}

function credentialsIn(options: {
  readonly cert?: unknown;
  readonly key?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}): Credentials {
  const bearer = options.headers?.['Authorization'];
  if (bearer?.startsWith('Bearer ') === true) return { kind: 'token', token: bearer.slice('Bearer '.length) };
  if (options.cert !== undefined && options.key !== undefined) {
    return { kind: 'certificate', cert: String(options.cert), key: String(options.key) };
  }
  return { kind: 'none' };
}
