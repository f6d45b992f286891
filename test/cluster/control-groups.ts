import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ClusterPlan, NodePlan } from './plan.ts';

const root = '/sys/fs/cgroup';
/** What one process of the machine weighs, and what a kubelet lets a node's pods weigh for each processor of the node. */
const sharesOfProcessor = 1024;

/**
 * Below it a kubelet makes the groups of its node's pods. Each has one of its own: a kubelet ends what it finds in its group and
 * does not know.
 */
export const nodeGroup = (node: NodePlan): string => `/${node.namespace}`;

/**
 * Makes the group of each node, and gives it the share of the processors that a node has. Otherwise all pods of a node would
 * weigh as much as a single process of the machine, and every test that works beside them would starve them.
 */
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
  const shares = availableParallelism() * sharesOfProcessor;
  const [older, newer] = [join(group, 'cpu.shares'), join(group, 'cpu.weight')];
  if (existsSync(older)) writeFileSync(older, String(shares));
  else if (existsSync(newer)) writeFileSync(newer, String(weightOf(shares)));
}

/** The same in control groups of version 2, where a process weighs 100 of 10,000: as runc converts it. */
const weightOf = (shares: number): number => Math.round(1 + ((shares - 2) * 9999) / 262_142);
