import * as z from 'zod/mini';
import { type Problem, problemOf } from './problem.ts';
import { tenureSchema } from './schema/tenure.ts';

/** Who is primary: the one record that decides it. The operator alone writes it, and before it has any effect. */
export interface Tenure {
  readonly term: number;
  readonly targetPrimary: string;
  readonly targetPrimaryUID?: string;
  readonly targetPrimaryRun?: string;
  readonly targetPrimaryGrant?: { readonly term?: number; readonly asOf?: number };
  readonly currentPrimary?: string;
  /** RFC 3339. The primary may take no writes. */
  readonly primaryFencedSince?: string;
  /** RFC 3339. */
  readonly primarySince?: string;
  readonly handover?: OfferedTerm;
}

/**
 * A term that the primary is to hand over to, see docs/switchover.md. Without `to` it was recalled: nobody ever takes writes in
 * it, nor is it offered again.
 */
export interface OfferedTerm {
  readonly term?: number;
  readonly to?: string;
  readonly toUID?: string;
  readonly toRun?: string;
  readonly because?: string;
}

/** Its fields in a status. Whoever writes a status anew leaves them as they are. */
export const tenureFieldNames = [
  'term',
  'targetPrimary',
  'targetPrimaryUID',
  'targetPrimaryRun',
  'targetPrimaryGrant',
  'currentPrimary',
  'primaryFencedSince',
  'primarySince',
  'handover',
] as const satisfies readonly (keyof Tenure)[];

export type TenureReading =
  /** Nobody has ever been appointed. */
  | { readonly kind: 'none' }
  | ({ readonly kind: 'held' } & Tenure)
  /** Nobody may be appointed over it, nor take writes by it. */
  | { readonly kind: 'unreadable'; readonly problems: readonly Problem[] };

/**
 * Reads the tenure out of a status, whatever lies there. What makes no sense as a whole is unreadable, never partly
 * believed: a term without a primary could be an appointment of which one half was lost.
 */
export function readTenure(status: unknown): TenureReading {
  if (status === undefined || status === null) return { kind: 'none' };
  const parsed = z.safeParse(tenureSchema, status);
  if (!parsed.success) {
    return {
      kind: 'unreadable',
      problems: parsed.error.issues.map((issue) => problemOf('status', issue, status)),
    };
  }
  const { term, targetPrimary, ...rest } = parsed.data;
  if (term !== undefined && targetPrimary !== undefined)
    return { kind: 'held', term, targetPrimary, ...rest };
  const lost = Object.keys(parsed.data);
  return lost.length === 0 ? { kind: 'none' } : { kind: 'unreadable', problems: [halfLost(lost)] };
}

function halfLost(left: readonly string[]): Problem {
  const missing = left.includes('term') ? 'targetPrimary' : 'term';
  const field = `status.${missing}`;
  return {
    field,
    message: `${field} is missing, though there is ${left.map((name) => `status.${name}`).join()}`,
  };
}
