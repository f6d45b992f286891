import { type Duration, milliseconds } from '../time/units.ts';

/**
 * The lengths of time that operator and instances must agree on, all made from one number: `failover.silenceSeconds`,
 * called L in docs/failover.md.
 */
export interface LeasePolicy {
  /** How long a primary is silent before the operator fences it. */
  readonly suspicion: Duration;
  /** How long one proof lets a primary write, on its own monotonic clock, from when it asked. */
  readonly lease: Duration;
  /** How long redis-server may take to close its gate once a lease has run out: one that has not closed it by then is killed. */
  readonly closing: Duration;
  /** How long after a fence, and after the candidate's promise, nobody can still write by an older proof. */
  readonly settling: Duration;
  /** How often the operator grants; each grant is also its question whether the primary is alive. */
  readonly grantEvery: Duration;
}

/** A third of L: two grants in a row may be lost (2 × 0.17 L) before anybody is suspected. */
const suspicionShare = 1 / 3;
/** With `closing` as long as it can be while a silent primary is still replaced within L: what is left is for two API writes. */
const leaseShare = 0.55;
/** Redis closes it in 0.14 ms, and a command that takes longer than 150 ms, where L is 3 s, is rare where nothing waits for it. */
const closingShare = 0.05;
/** Two monotonic clocks drift apart by less than a hundredth: NTP slews by 500 parts in a million at most. */
const clockDrift = 1.01;
/** All this happens a little late, as timers do. */
const timersAreLate = 50;
/** Three grants within a lease, with room for their way: a lost one or two do not stop writes. 500 ms where L is 3 s. */
const grantsPerLease = 3.3;

/** `silenceSeconds`, 2 or more: with less, waits of milliseconds would decide who is primary. */
export function leasePolicy(silenceSeconds: number): LeasePolicy {
  const patience = silenceSeconds * 1000;
  const [lease, closing] = [Math.round(patience * leaseShare), Math.round(patience * closingShare)];
  return {
    suspicion: milliseconds(patience * suspicionShare),
    lease: milliseconds(lease),
    closing: milliseconds(closing),
    settling: milliseconds((lease + closing) * clockDrift + timersAreLate),
    grantEvery: milliseconds(Math.round(lease / grantsPerLease)),
  };
}
