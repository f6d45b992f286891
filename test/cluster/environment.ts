import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../internal/errors.ts';

/** The file that test/cluster/enter reads: it exists exactly while a cluster of ours is complete. */
export const environmentFile = (folder: string): string => join(folder, 'environment');

/**
 * Names that commands inside `enter` find in their environment:
 * KUBECONFIG; CLUSTER_FOLDER, the cluster's own files; CLUSTER_AUDIT_LOG, the API server's record of writes;
 * CLUSTER_NETWORK, the network namespace that enter goes into; PATH, with kubectl in front.
 */
export interface ClusterEnvironment {
  readonly KUBECONFIG: string;
  readonly CLUSTER_FOLDER: string;
  readonly CLUSTER_AUDIT_LOG?: string;
  readonly CLUSTER_NETWORK?: string;
  readonly programFolders: readonly string[];
}

export function writeEnvironment(environment: ClusterEnvironment): void {
  const { programFolders, ...variables } = environment;
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const path = `export PATH=${programFolders.map(quote).join(':')}:"$PATH"`;
  writeFileSync(environmentFile(environment.CLUSTER_FOLDER), `${[...lines, path].join('\n')}\n`);
}

/** The folder of the cluster that we are in. Throws OutsideCluster when not started by test/cluster/enter. */
export function enteredFolder(): string {
  const folder = process.env['CLUSTER_FOLDER'];
  if (folder !== undefined && existsSync(environmentFile(folder))) return folder;
  throw new OperatorError(
    { code: 'OutsideCluster' },
    'this only works on the project’s own cluster, inside test/cluster/enter',
  );
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
