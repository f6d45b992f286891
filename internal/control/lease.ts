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
  /** How long after a fence, and after the candidate's promise, nobody can still write by an older proof. */
  readonly settling: Duration;
  /** How often the operator grants; each grant is also its question whether the primary is alive. */
  readonly grantEvery: Duration;
}

/** A third of L: two grants in a row may be lost (2 × 0.17 L) before anybody is suspected. */
const suspicionShare = 1 / 3;
/** As long as it can be while a silent primary is still replaced within L: what is left is for two API writes. */
const leaseShare = 0.6;
/** Two monotonic clocks drift apart by less than a hundredth: NTP slews by 500 parts in a million at most. */
const clockDrift = 1.01;
/** A gate is closed a little after its lease ran out: a timer is late, redis-server takes 0.14 ms; 50 ms is far more. */
const gateMargin = 50;
/** Three grants within a lease, with room for their way: a lost one or two do not stop writes. 500 ms where L is 3 s. */
const grantsPerLease = 3.6;

/** `silenceSeconds`, 2 or more: with less, waits of milliseconds would decide who is primary. */
export function leasePolicy(silenceSeconds: number): LeasePolicy {
  const patience = silenceSeconds * 1000;
  const lease = patience * leaseShare;
  return {
    suspicion: milliseconds(patience * suspicionShare),
    lease: milliseconds(lease),
    settling: milliseconds(lease * clockDrift + gateMargin),
    grantEvery: milliseconds(lease / grantsPerLease),
  };
}
