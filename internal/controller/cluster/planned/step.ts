import type { Resources } from '../view.ts';

/** The planned operations that a cluster can be in the middle of. */
export type Operation = 'hibernate' | 'scaleDown' | 'update' | 'resize' | 'upgrade';

/** One idempotent step of a planned operation, and why. A crash before, during or after it is repaired by deciding again. */
export type PlannedStep = DeletePod | ResizePod | RecordResize | UpgradeManager | PlannedHold;

export interface DeletePod {
  readonly kind: 'deletePod';
  readonly operation: Operation;
  readonly pod: string;
  readonly uid: string;
  readonly because: string;
}

/** The container `redis` of this pod is to have other resources, in place: nothing is restarted. */
export interface ResizePod {
  readonly kind: 'resizePod';
  readonly operation: 'resize';
  readonly pod: string;
  readonly uid: string;
  readonly resources: Resources;
  readonly because: string;
}

/** The resources are in force: the pod's record of what it was made from is to say so. */
export interface RecordResize {
  readonly kind: 'recordResize';
  readonly operation: 'resize';
  readonly pod: string;
  readonly uid: string;
  readonly because: string;
}

/** The manager of this instance is to be replaced in place by one of the operator's own version; its Redis goes on. */
export interface UpgradeManager {
  readonly kind: 'upgradeManager';
  readonly operation: 'upgrade';
  readonly pod: string;
  readonly uid: string;
  readonly term: number;
  readonly because: string;
}

export interface PlannedHold {
  readonly kind: 'hold';
  readonly operation: Operation;
  readonly reason: HoldReason;
  readonly because: string;
}

/**
 * `OnItsWay` what is missing is being made; `NotInSync` an instance is there and is not whole, and nothing says that it
 * will be; `HandOver` the primary is to be handed over first; `Approval` people have to say a word; `Queued` enough other
 * clusters are being updated; `Refused` an instance does not do it, and says why; `MemoryInUse` what it holds has no room in the
 * memory that it is to have.
 */
export type HoldReason =
  | 'OnItsWay'
  | 'NotInSync'
  | 'HandOver'
  | 'Approval'
  | 'Queued'
  | 'Refused'
  | 'MemoryInUse';

export const holdFor = (
  operation: Operation,
  { reason, because }: { readonly reason: HoldReason; readonly because: string },
): PlannedHold => ({ kind: 'hold', operation, reason, because });
