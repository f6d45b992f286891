import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './binaries.ts';
import { inNamespace } from './network.ts';
import type { ClusterPlan } from './plan.ts';
import { run } from './run.ts';

/** Runs kubectl as the cluster's administrator, from where its API server can be reached. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

export function kubectlIn(plan: ClusterPlan, folders: readonly string[]): Kubectl {
  const kubectl = findProgram('kubectl', folders);
  const command = [...inNamespace(plan.controlNamespace), kubectl, `--kubeconfig=${plan.kubeconfig}`];
  return (args, input = '') => run([...command, ...args], { input });
}

/** Applies files of manifests/. */
export async function applyManifests(kubectl: Kubectl, files: readonly string[]): Promise<void> {
  const documents = files.map((file) => readFileSync(join(import.meta.dirname, 'manifests', file), 'utf8'));
  await kubectl(['apply', '--server-side', '-f', '-'], documents.join('\n---\n'));
}
