/** The planned operations that a cluster can be in the middle of. */
export type Operation = 'hibernate' | 'scaleDown' | 'update' | 'upgrade';

/** One idempotent step of a planned operation, and why. A crash before, during or after it is repaired by deciding again. */
export type PlannedStep = DeletePod | UpgradeManager | PlannedHold;

export interface DeletePod {
  readonly kind: 'deletePod';
  readonly operation: Operation;
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
 * clusters are being updated; `Refused` an instance does not do it, and says why.
 */
export type HoldReason = 'OnItsWay' | 'NotInSync' | 'HandOver' | 'Approval' | 'Queued' | 'Refused';

export const holdFor = (
  operation: Operation,
  { reason, because }: { readonly reason: HoldReason; readonly because: string },
): PlannedHold => ({ kind: 'hold', operation, reason, because });
