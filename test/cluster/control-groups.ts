import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterPlan, NodePlan } from './plan.ts';

const root = '/sys/fs/cgroup';
/**
 * What the pods of a node weigh, where a session of this machine weighs 1024. A node's processors are its pods' before all else, and
 * no API server, no test and no other node runs on them. Here all of these do, and at a weight as on a node each time that a pod wakes
 * it waits for its processor 2.6 times as long as at this one (1.9 ms and 0.7, in the middle of the tests).
 */
const sharesOfNode = 32 * 1024;

/**
 * Below it a kubelet makes the groups of its node's pods. Each has one of its own: a kubelet ends what it finds in its group and
 * does not know.
 */
export const nodeGroup = (node: NodePlan): string => `/${node.namespace}`;

/** Makes the group of each node. Its pods come before what is beside the nodes: leases of seconds are held in them. */
export function makeNodeGroups({ nodes }: ClusterPlan): void {
  for (const group of nodes.flatMap(foldersOf)) {
    mkdirSync(group, { recursive: true });
    for (const name of ['cpuset.cpus', 'cpuset.mems']) takeOver(name, group);
    weigh(group);
  }
}

export const hasNodeGroups = ({ nodes }: ClusterPlan): boolean => nodes.flatMap(foldersOf).every(existsSync);

/** Of clusters that are no more. Processes must have ended before. */
export function removeNodeGroups({ nodes }: ClusterPlan): void {
  // Where both versions are there, runc makes groups in both.
  const everywhere = ['', ...readdirSync(root)];
  for (const node of nodes) {
    for (const hierarchy of everywhere) removeBelow(join(root, hierarchy, nodeGroup(node)));
  }
}

function removeBelow(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBelow(join(folder, entry.name));
  }
  rmdirSync(folder);
}

const foldersOf = (node: NodePlan): readonly string[] =>
  hierarchies().map((hierarchy) => join(hierarchy, nodeGroup(node)));

/** The one of version 2, or all those of version 1. */
function hierarchies(): readonly string[] {
  if (existsSync(join(root, 'cgroup.controllers'))) return [root];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'tasks')));
}

/** A new group of version 1 has no processor and no memory until it is told which. */
function takeOver(name: string, group: string): void {
  const [own, parent] = [join(group, name), join(group, '..', name)];
  if (existsSync(own) && existsSync(parent)) writeFileSync(own, readFileSync(parent, 'utf8'));
}

function weigh(group: string): void {
  const [older, newer] = [join(group, 'cpu.shares'), join(group, 'cpu.weight')];
  if (existsSync(older)) writeFileSync(older, String(sharesOfNode));
  else if (existsSync(newer)) writeFileSync(newer, String(weightOf(sharesOfNode)));
}

/** The same in control groups of version 2, where a process weighs 100 of 10,000: as runc converts it. */
const weightOf = (shares: number): number => Math.round(1 + ((shares - 2) * 9999) / 262_142);
