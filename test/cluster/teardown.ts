import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeNodeGroups } from './control-groups.ts';
import { deleteNetwork } from './network.ts';
import { type ClusterPlan, type NodePlan, namespaceFile, podNamespaces } from './plan.ts';
import { endProcessesInside } from './processes.ts';
import { run } from './run.ts';

/** Removes a cluster, whatever is left of it: its processes, mounts, namespaces and files, and nothing else. */
export async function takeDown(plan: ClusterPlan): Promise<void> {
  rmSync(join(plan.folder, 'environment'), { force: true });
  const containers = plan.nodes.flatMap(containersOf);
  await endProcessesInside(namespacesOf(plan));
  for (const mount of mountsBelow(plan.folder)) await run(['umount', '--lazy', mount]);
  for (const container of containers) forgetContainer(container);
  removeNodeGroups(plan);
  removeDeadLinks('/var/log/containers', plan.folder);
  await deleteNetwork(plan);
  rmSync(plan.folder, { recursive: true, force: true });
}

function namespacesOf(plan: ClusterPlan): readonly string[] {
  const own = [plan.controlNamespace, ...plan.nodes.map((node) => node.namespace)].map(namespaceFile);
  const pods = plan.nodes.flatMap((node) =>
    entriesOf(podNamespaces(node)).map((name) => join(podNamespaces(node), name)),
  );
  return [...own, ...pods].filter((file) => existsSync(file));
}

const containersOf = (node: NodePlan): readonly string[] =>
  entriesOf(join(node.folder, 'state', 'io.containerd.runtime.v2.task', 'k8s.io'));

/** The last one mounted comes first. */
function mountsBelow(folder: string): readonly string[] {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}

/** runc keeps an entry for each container, outside the cluster's folder. */
const forgetContainer = (id: string): void =>
  rmSync(join('/run/containerd/runc/k8s.io', id), { recursive: true, force: true });

/** Kubelets name the logs of containers in a folder of the machine. */
function removeDeadLinks(folder: string, target: string): void {
  for (const path of entriesOf(folder).map((name) => join(folder, name))) {
    if (lstatSync(path).isSymbolicLink() && readlinkSync(path).startsWith(`${target}/`)) rmSync(path);
  }
}

const entriesOf = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);
