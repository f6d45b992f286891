import { claimName } from '../../../../api/v1/names.ts';
import type { VolumeUse } from '../../../control/protocol.ts';
import {
  type ClaimFacts,
  type ClusterView,
  type InstanceView,
  reportOf,
  type WantedStorage,
} from '../view.ts';

/** A claim that is to ask for more. */
export interface GrowClaim {
  readonly kind: 'growClaim';
  readonly claim: string;
  readonly uid: string;
  readonly bytes: bigint;
  readonly because: string;
}

/**
 * The claims that ask for less than they should, all at once: that an instance is full or ill is no reason to wait, and may be
 * what more room cures. Claims never shrink. One that is not bound cannot be changed, and holds nothing.
 */
export function decideStorage(view: ClusterView): readonly GrowClaim[] {
  if (view.deleting || view.reconcileDisabled || view.storage.type !== 'pvc') return [];
  return [...view.instances.values()].flatMap((instance) => {
    const { ordinal, claim, pod } = instance;
    const { bytes, because } = wantedSize(instance, view.storage);
    if (claim === undefined || pod?.owner === 'foreign' || !mayGrow(claim, bytes)) return [];
    const name = claimName(view.cluster.name, ordinal);
    return [{ kind: 'growClaim', claim: name, uid: claim.uid, bytes, because } as const];
  });
}

const mayGrow = ({ bound, deleting, requestedBytes, refusal }: ClaimFacts, wanted: bigint): boolean =>
  bound && !deleting && requestedBytes < wanted && (refusal === undefined || refusal.bytes < wanted);

interface Size {
  readonly bytes: bigint;
  readonly because: string;
}

/** As large as the user says, or as it has to grow by itself; one step at a time, the next when the last is done. */
function wantedSize(instance: InstanceView, { sizeBytes, autoGrow }: WantedStorage): Size {
  const asked = { bytes: sizeBytes, because: 'spec.storage.size is larger than what it asks for' };
  const { claim } = instance;
  const percent = usedPercent(reportOf(instance)?.volume);
  if (autoGrow === undefined || claim === undefined || percent === undefined) return asked;
  const grows = claim.capacityBytes === undefined || claim.capacityBytes < claim.requestedBytes;
  if (grows || percent < autoGrow.thresholdPercent) return asked;
  const next = claim.requestedBytes + autoGrow.stepBytes;
  const bytes = next < autoGrow.limitBytes ? next : autoGrow.limitBytes;
  const because = `it is ${percent} % full, and grows from ${autoGrow.thresholdPercent} % on`;
  return bytes > sizeBytes ? { bytes, because } : asked;
}

function usedPercent(volume: VolumeUse | undefined): number | undefined {
  if (volume === undefined || volume.totalBytes <= 0) return undefined;
  return Math.floor((100 * volume.usedBytes) / volume.totalBytes);
}

/** How the growth of one claim goes. */
export type Growth =
  | { readonly kind: 'resizing'; readonly claim: string; readonly because: string }
  | { readonly kind: 'failed'; readonly claim: string; readonly because: string };

/** Claims that are on their way to what they ask for, or were refused it, in the order of their numbers. */
export function growthOf(view: ClusterView): readonly Growth[] {
  return [...view.instances.values()].flatMap(({ ordinal, claim }) => {
    const name = claimName(view.cluster.name, ordinal);
    const growth = claim?.bound === true ? growthOfClaim(name, claim, view.storage.sizeBytes) : undefined;
    return growth === undefined ? [] : [growth];
  });
}

function growthOfClaim(claim: string, facts: ClaimFacts, wanted: bigint): Growth | undefined {
  const { requestedBytes, capacityBytes, refusal, resizeError } = facts;
  if (refusal !== undefined && requestedBytes < refusal.bytes) {
    return { kind: 'failed', claim, because: `${claim}: ${refusal.because}` };
  }
  if (resizeError !== undefined) return { kind: 'failed', claim, because: `${claim}: ${resizeError}` };
  const target = requestedBytes < wanted ? wanted : requestedBytes;
  if (capacityBytes === undefined || capacityBytes >= target) return undefined;
  return { kind: 'resizing', claim, because: `${claim} has ${capacityBytes} of ${target} bytes` };
}
