import { Annotation } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';

/** Who is primary, as it is written down. */
export interface RecordedTenure {
  readonly term: number;
  readonly target: string;
  readonly targetUID: string | undefined;
  readonly targetRun: string | undefined;
  readonly fencedSince: string | undefined;
}

export type TenureReading =
  | { readonly kind: 'vacant'; readonly former?: string | undefined }
  | ({ readonly kind: 'held'; readonly current: string | undefined } & RecordedTenure)
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
  };
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
