import { Annotation } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { OfferedTerm } from '../../../api/v1/tenure.ts';

/** Who is primary, as it is written down. */
export interface RecordedTenure {
  readonly term: number;
  readonly target: string;
  readonly targetUID: string | undefined;
  readonly targetRun: string | undefined;
  readonly fencedSince: string | undefined;
}

/** Once the primary has released its term, `pod` may take writes in the term `term`, before that is recorded. */
export interface Offer {
  readonly term: number;
  readonly pod: string;
  readonly podUID: string | undefined;
  readonly run: string | undefined;
  /** Why the primary is to hand over; an older operator does not write it. */
  readonly because: string | undefined;
}

export type TenureReading =
  | { readonly kind: 'vacant'; readonly former?: string | undefined }
  | ({
      readonly kind: 'held';
      readonly current: string | undefined;
      readonly offer: Offer | undefined;
      /** The term that was offered last, be it that it was recalled: it is offered to nobody else. 0 for none. */
      readonly offeredTerm: number;
    } & RecordedTenure)
  | { readonly kind: 'unreadable'; readonly problem: string };

/** The tenure as the status holds it; what makes no sense is said to be unreadable, never guessed at. */
export function tenureOf(cluster: RedisCluster): TenureReading {
  const { status, tenureProblem } = cluster;
  const former = formerPrimary(cluster);
  if (former !== undefined) return { kind: 'vacant', former };
  if (tenureProblem !== undefined) return { kind: 'unreadable', problem: tenureProblem };
  const { term, targetPrimary, currentPrimary, primaryFencedSince } = status ?? {};
  if (term === undefined && targetPrimary === undefined) return { kind: 'vacant' };
  if (term === undefined || targetPrimary === undefined) {
    const missing = term === undefined ? 'term' : 'targetPrimary';
    return { kind: 'unreadable', problem: `status.${missing} is missing while the other half is there` };
  }
  return {
    kind: 'held',
    term,
    target: targetPrimary,
    targetUID: status?.targetPrimaryUID,
    targetRun: status?.targetPrimaryRun,
    current: currentPrimary,
    fencedSince: primaryFencedSince,
    offer: offerIn(status?.handover),
    offeredTerm: status?.handover?.term ?? 0,
  };
}

function offerIn({ term, to, toUID, toRun, because }: OfferedTerm = {}): Offer | undefined {
  if (term === undefined || to === undefined) return undefined;
  return { term, pod: to, podUID: toUID, run: toRun, because };
}

export const isTakeOverAsked = ({ metadata }: RedisCluster): boolean =>
  metadata.annotations?.[Annotation.takeOver] === 'true';

/**
 * Another operator's status names a primary and knows no terms. Without a word from people the same would be a record of
 * ours of which most was lost, over which nobody is appointed.
 */
function formerPrimary(cluster: RedisCluster): string | undefined {
  if (!isTakeOverAsked(cluster)) return undefined;
  const { term, targetPrimary, targetPrimaryUID, targetPrimaryRun, currentPrimary } = cluster.status ?? {};
  const ours = term ?? targetPrimary ?? targetPrimaryUID ?? targetPrimaryRun;
  return ours === undefined ? currentPrimary : undefined;
}
