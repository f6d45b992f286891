import { join } from 'node:path';
import { isComplete } from './health.ts';
import type { ClusterPlan } from './plan.ts';
import { deadServices, type Service, startService } from './processes.ts';

const name = 'volume-provisioner';

/** A program of this very checkout, which holds all of itself once it runs: each volume is a folder of its node. */
export function planProvisioner(plan: ClusterPlan): Service {
  const program = join(import.meta.dirname, 'provisioner', 'main.ts');
  return { name, namespace: plan.controlNamespace, command: [process.execPath, program, plan.folder] };
}

/**
 * Starts it if nothing else has ended. The record of it is not asked for its command: the checkout that it was started
 * from may be gone.
 */
export function reviveProvisioner(plan: ClusterPlan, path: string): void {
  if (!isComplete(plan)) return;
  const dead = deadServices(plan);
  if (dead.length === 1 && dead[0] === name) startService(plan, planProvisioner(plan), path);
}
