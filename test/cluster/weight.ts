import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { nodeCount } from './plan.ts';

/** Where containerd puts all pods of all nodes; the kubelets here make no groups of their own. */
const podGroup = 'k8s.io';
/** What one process of the machine weighs, and what a kubelet lets a node's pods weigh for each processor of the node. */
const sharesOfProcessor = 1024;

/**
 * Gives all pods together the share of the processors that kubelets give the pods of so many nodes. Otherwise they would
 * weigh as much as a single process of the machine, and every test that works beside them would starve them.
 */
export function weighPods(): void {
  const shares = nodeCount * availableParallelism() * sharesOfProcessor;
  const [oldFile, newFile] = [
    `/sys/fs/cgroup/cpu/${podGroup}/cpu.shares`,
    `/sys/fs/cgroup/${podGroup}/cpu.weight`,
  ];
  if (existsSync('/sys/fs/cgroup/cpu')) write(oldFile, shares);
  else if (existsSync('/sys/fs/cgroup/cgroup.controllers')) write(newFile, weightOf(shares));
}

/** The same in control groups of version 2, where a process weighs 100 of 10,000: as runc converts it. */
const weightOf = (shares: number): number => Math.round(1 + ((shares - 2) * 9999) / 262_142);

/** A machine that does not let us is none to fail on: pods only get less. */
function write(file: string, value: number): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, String(value));
  } catch (failure) {
    console.error(`pods weigh no more than one process: ${failure}`);
  }
}
