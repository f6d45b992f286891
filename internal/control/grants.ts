import type { InstanceReport } from './protocol.ts';

/**
 * What POST /v1/lease may be upgraded to (RFC 9110, section 7.8): a connection on which every line is one LeaseCommand, in
 * JSON, and is answered by one line, a GrantAnswer, in the same order. A line is checked as a request is, and it costs an
 * idle instance a fraction of one. An instance that takes them says so in its report.
 */
export const grantLines = 'redis-operator-grants';

/** What changes in the report of a primary while nothing happens to it. */
export type Figures = Pick<InstanceReport, 'clock' | 'answeredMsAgo' | 'leaseLeftMs' | 'offset'>;

export type GrantAnswer =
  /** Granted; the instance is as it says here. */
  | { readonly kind: 'report'; readonly report: InstanceReport }
  /** Granted; the instance is, but for these, as it said in the report before this on the same connection. */
  | ({ readonly kind: 'same' } & Figures)
  /** Not granted, and why: nothing has changed by it. */
  | { readonly kind: 'refused'; readonly why: string };
