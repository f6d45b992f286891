import type { HoldReason } from '../planned/step.ts';
import { type ClusterView, type InstanceView, reportOf } from '../view.ts';
import { memoryLimitOf } from './amounts.ts';
import { lowersMemory } from './state.ts';

interface LackOfRoom {
  readonly reason: Extract<HoldReason, 'OnItsWay' | 'MemoryInUse'>;
  readonly because: string;
}

/**
 * So much of a lowered limit is to be free, in percent: buffers of clients and replicas come and go, and a save copies what is
 * written meanwhile. What is left of the limit when maxmemory is full is more by default, see `defaultPercent`.
 */
const spareRoom = 10;

/**
 * What speaks against the memory limit that is wanted, where it is less than the pod has; undefined when nothing does, or an
 * instance of another version says nothing of it. maxmemory comes first, and what the container holds must fit: the kernel
 * ends what does not, and a pod that is made anew would load the same data.
 */
export function lackOfRoom(instance: InstanceView, { planned }: ClusterView): LackOfRoom | undefined {
  const { wanted } = planned.resizes;
  const most = memoryLimitOf(wanted);
  const memory = reportOf(instance)?.memory;
  if (most === undefined || memory === undefined || !lowersMemory(instance, wanted)) return undefined;
  const { name } = instance;
  const limit = `a memory limit of ${wanted.limits['memory']}`;
  if (memory.maxMemoryWaitsFor === 'data') {
    return { reason: 'MemoryInUse', because: `${name} holds more data than ${limit} leaves room for` };
  }
  if (memory.setForBytes !== Number(most)) {
    return { reason: 'OnItsWay', because: `${name} has yet to lower its maxmemory for ${limit}` };
  }
  const held = memory.heldBytes;
  if (held === undefined || held * 100 <= Number(most) * (100 - spareRoom)) return undefined;
  return { reason: 'MemoryInUse', because: `the container of ${name} holds more memory than ${limit} may` };
}
