import { readFileSync } from 'node:fs';
import { seconds } from '../../internal/time/units.ts';
import { programFolders } from './binaries.ts';
import { enteredFolder } from './environment.ts';
import { answer } from './health.ts';
import { kubectlIn } from './kubectl.ts';
import { type NodePlan, planCluster } from './plan.ts';
import { processIds, restartService, stopService } from './processes.ts';
import { run } from './run.ts';
import { waitUntil } from './wait.ts';

/**
 * Faults that a test may cause, inside test/cluster/enter, on the cluster of plain processes. Whoever causes one
 * heals it: the next test gets the same cluster.
 */

/** Pulls the cable of a node ("node-1"): nothing gets in or out, while everything on it goes on running. */
export async function cutLink(node: string): Promise<void> {
  await setLink(node, 'down');
}

export async function healLink(node: string): Promise<void> {
  await setLink(node, 'up');
}

/** Ends the API server in order, and returns when it has ended. Clients find their connections closed. */
export async function stopApiServer(): Promise<void> {
  await stopService(planCluster(enteredFolder()), 'kube-apiserver');
}

/** Starts the API server again, with the same data, and returns when it is ready. */
export async function startApiServer(): Promise<void> {
  const plan = planCluster(enteredFolder());
  restartService(plan, 'kube-apiserver');
  const kubectl = kubectlIn(plan, programFolders(process.env));
  const readiness = ['get', '--raw', '/readyz', '--request-timeout=2s'];
  await waitUntil('API server', seconds(60), async () => (await answer(kubectl, readiness)) === 'ok');
}

/**
 * The processes of a container as this machine numbers them, by the containerID of its status ("containerd://…").
 * The first is the container's own process 1. Empty if it does not run.
 */
export function pidsOfContainer(containerId: string): readonly number[] {
  const id = containerId.replace(/^.*:\/\//, '');
  return processIds().filter((pid) => controlGroups(pid).includes(id));
}

async function setLink(nodeName: string, state: 'up' | 'down'): Promise<void> {
  const plan = planCluster(enteredFolder());
  const node = findNode(plan.nodes, nodeName);
  await run(['ip', '-netns', plan.controlNamespace, 'link', 'set', node.cable, state]);
}

function findNode(nodes: readonly NodePlan[], name: string): NodePlan {
  const node = nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`there is no node ${name}`);
  return node;
}

function controlGroups(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return ''; // It has ended meanwhile.
  }
}
