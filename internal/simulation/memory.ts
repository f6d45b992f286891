import type { MaxMemory } from '../instance-manager/facts.ts';
import type { OwnSpec } from '../instance-manager/own-spec.ts';
import { isTooFull, settingsStep } from '../instance-manager/settings/difference.ts';
import { isMemoryHeld, settingsOf } from '../instance-manager/settings/wanted.ts';

/** In bytes: what a write takes in memory, so that a story's few hundred of them fill some of it; and what all else takes. */
const writeTakes = 2 ** 20;
const managerTakes = 2 ** 23;

/** What a container holds whose data set has so many writes. */
export const heldBytes = (writes: number): number => managerTakes + writes * writeTakes;

export interface Memory {
  /** 0 for no end, as Redis says it. */
  readonly maxMemory: bigint;
  readonly told: MaxMemory;
  readonly pendingRestart: readonly string[];
}

/** maxmemory after the real decision on it was carried out, and what is told of it then. */
export function brought(
  spec: OwnSpec,
  {
    now,
    writes,
    limit,
  }: { readonly now: bigint; readonly writes: number; readonly limit: bigint | undefined },
): Memory {
  const { maxMemory = 0n } = settingsOf(spec, { ...nowhere, containerLimit: limit });
  const view = {
    wanted: new Map([
      ['maxmemory', String(maxMemory)],
      ['maxmemory-policy', 'noeviction'],
    ]),
    running: new Map([['maxmemory', String(now)]]),
    fixed: new Set<string>(),
    memoryHeld: isMemoryHeld(spec, limit),
    dataBytes: BigInt(writes * writeTakes),
  };
  const { set, restart } = settingsStep(view);
  const waitsForRoom = view.memoryHeld ? 'room' : undefined;
  const maxMemoryWaitsFor = isTooFull(view) ? 'data' : waitsForRoom;
  const setForBytes = maxMemoryWaitsFor === 'data' ? undefined : Number(spec.memoryLimit);
  return {
    maxMemory: BigInt(set.get('maxmemory') ?? now),
    told: { setForBytes, maxMemoryWaitsFor },
    pendingRestart: restart,
  };
}

const nowhere = {
  password: '',
  announceIp: '',
  listenAddress: undefined,
  port: 0,
  dataFolder: '',
  socketPath: '',
};
