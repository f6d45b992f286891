import { existsSync } from 'node:fs';
import { OperatorError } from '../../internal/errors.ts';
import { environmentFile } from './environment.ts';
import type { Kubectl } from './kubectl.ts';
import { type ClusterPlan, namespaceFile } from './plan.ts';
import { deadServices } from './processes.ts';

/** True if everything that was started still runs and every node is Ready. */
export async function isHealthy(plan: ClusterPlan, kubectl: Kubectl): Promise<boolean> {
  return isComplete(plan) && deadServices(plan).length === 0 && (await nodesReady(plan, kubectl));
}

/** Its start has come to its end, and the machine has not been started anew since. */
export const isComplete = (plan: ClusterPlan): boolean =>
  existsSync(environmentFile(plan.folder)) && existsSync(namespaceFile(plan.controlNamespace));

export async function nodesReady({ nodes }: ClusterPlan, kubectl: Kubectl): Promise<boolean> {
  const condition = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  const states = await answer(kubectl, [
    'get',
    'nodes',
    '--request-timeout=3s',
    '--output',
    `jsonpath=${condition}`,
  ]);
  return states === nodes.map(() => 'True').join(' ');
}

/** What kubectl says; undefined while the API server does not answer, or has no such thing. */
export async function answer(kubectl: Kubectl, args: readonly string[]): Promise<string | undefined> {
  try {
    return await kubectl(args);
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}
