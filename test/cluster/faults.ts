import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duration, seconds } from '../../internal/time/units.ts';
import { programFolders } from './binaries.ts';
import { enteredFolder } from './environment.ts';
import { answer } from './health.ts';
import { kubectlIn } from './kubectl.ts';
import { serviceProxy } from './node.ts';
import { type NodePlan, planCluster } from './plan.ts';
import { deadServices, processIds, restartService, services, stopService } from './processes.ts';
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

/**
 * In the order of their start. Whoever leads in a control plane of several ends when it cannot renew its Lease, and is started
 * again; one that did not would look for its API server once in half a minute, and know nothing new until then.
 */
const controlPlane = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/**
 * Runs `use` while there is no API server: clients find their connections closed. It is started again whatever becomes
 * of `use`; if this process does not live to do it a watchdog does, at once or when `limit` is over.
 */
export async function withoutApiServer<Result>(limit: Duration, use: () => Promise<Result>): Promise<Result> {
  const plan = planCluster(enteredFolder());
  const script = join(import.meta.dirname, 'revive.ts');
  const watchdog = spawn(process.execPath, [script, String(limit / 1000)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  try {
    for (const name of controlPlane) await stopService(plan, name);
    return await use();
  } finally {
    await reviveApiServer();
    watchdog.stdin.end();
  }
}

/** Starts the API server again, with the same data, unless it runs; once it is ready what ended with it, and the nodes' proxies. */
export async function reviveApiServer(): Promise<void> {
  const plan = planCluster(enteredFolder());
  const kubectl = kubectlIn(plan, programFolders(process.env));
  const readiness = ['get', '--raw', '/readyz', '--request-timeout=2s'];
  for (const name of controlPlane) {
    if (deadServices(plan).includes(name)) restartService(plan, name);
    await waitUntil('API server', seconds(60), async () => (await answer(kubectl, readiness)) === 'ok');
  }
  // They too look for it ever more seldom: until then no Service would lead to who is primary next.
  for (const name of services(plan).filter(isServiceProxy)) {
    await stopService(plan, name);
    restartService(plan, name);
  }
}

const isServiceProxy = (name: string): boolean => name.startsWith(serviceProxy);

/**
 * The processes of a container as this machine numbers them, by the containerID of its status ("containerd://…").
 * The first is the container's own process 1. Empty if it does not run.
 */
export function pidsOfContainer(containerId: string): readonly number[] {
  const id = containerId.replace(/^.*:\/\//, '');
  return processIds().filter((pid) => controlGroups(pid).includes(id));
}

/** What of a container's traffic is dropped: everything but loopback, or what one address sends it. */
export type Cut = { readonly kind: 'everything' } | { readonly kind: 'from'; readonly address: string };

/** Drops traffic in the network namespace of a container that runs. Resolves to the function that heals it. */
export async function cutOff(containerId: string, cut: Cut): Promise<() => Promise<void>> {
  const [pid] = pidsOfContainer(containerId);
  if (pid === undefined) throw new Error(`${containerId} does not run`);
  const rules =
    cut.kind === 'from'
      ? [['INPUT', '-s', cut.address]]
      : [
          ['INPUT', '!', '-i', 'lo'],
          ['OUTPUT', '!', '-o', 'lo'],
        ];
  const change = async (verb: '-I' | '-D'): Promise<void> => {
    const inside = ['nsenter', `--net=/proc/${pid}/ns/net`, 'iptables', '--wait'];
    for (const [chain = '', ...match] of rules) await run([...inside, verb, chain, ...match, '-j', 'DROP']);
  };
  await change('-I');
  return () => change('-D');
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
