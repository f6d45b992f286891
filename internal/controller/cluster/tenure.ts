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
  | { readonly kind: 'vacant' }
  | ({ readonly kind: 'held'; readonly current: string | undefined } & RecordedTenure)
  | { readonly kind: 'unreadable'; readonly problem: string };

/** The tenure as the status holds it; what makes no sense is said to be unreadable, never guessed at. */
export function tenureOf({ status, tenureProblem }: RedisCluster): TenureReading {
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
