import { describeError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import {
  after,
  between,
  type Duration,
  type Moment,
  milliseconds,
  seconds,
  toRfc3339Micro,
} from '../time/units.ts';
import { hasCode } from './errors.ts';
import type { Kube } from './kube.ts';
import type { ObjectKey } from './objects.ts';
import { type Lease, leases } from './resources.ts';

export interface ElectionPorts {
  readonly kube: Pick<Kube, 'get' | 'create' | 'replace'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ElectionOptions {
  readonly lease: ObjectKey;
  readonly identity: string;
}

/** client-go's defaults. The leader gives up before anybody else may take over: renewWithin < leaseDuration. */
export const leaseDuration = seconds(15);
export const renewWithin = seconds(10);
export const retryEvery = seconds(2);
/** How long one renewal may take: half of what there is, as for client-go's users, so that there is time for another. */
export const attemptWithin = seconds(5);

/**
 * Waits to hold the Lease, leads while it is held, and lets go of it at the end. `lead` is told to stop by its signal
 * when the Lease is lost or `signal` aborts; until it has stopped nobody else is let in. Resolves then, or rejects as
 * `lead` did. A lost Lease rejects too: the process is to start anew. `surelyLeads` tells, at the moment it is asked, that
 * nobody else can hold the Lease.
 */
export async function leadWhileElected(
  options: ElectionOptions,
  ports: ElectionPorts,
  lead: (signal: AbortSignal, surelyLeads: () => boolean) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const election = new Election(options, ports);
  await election.acquire(signal);
  if (signal.aborted) return await election.release();
  ports.log.info('leading', { lease: options.lease.name, identity: options.identity });
  const [lost, over] = [new AbortController(), new AbortController()];
  const renewing = election.renewUntilLost(over.signal).then(() => {
    if (!over.signal.aborted) lost.abort();
  });
  try {
    await lead(AbortSignal.any([signal, lost.signal]), () => election.surelyHolds());
  } finally {
    over.abort();
    await renewing;
    await election.release();
  }
  if (lost.signal.aborted && !signal.aborted) throw new Error(`the Lease ${options.lease.name} was lost`);
}

/** One candidate's dealings with the Lease. Others' clocks are not believed: a Lease is over when we saw no change for its length. */
class Election {
  readonly #options: ElectionOptions;
  readonly #ports: ElectionPorts;
  #seen: { readonly version: string; readonly at: Moment } | undefined;
  #held: Lease | undefined;
  /** When the request was begun that last renewed it: nobody can have seen it renewed earlier. */
  #renewedAt: Moment;

  constructor(options: ElectionOptions, ports: ElectionPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#renewedAt = ports.clock.monotonic();
  }

  async acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#tryHold(signal)))
      await this.#ports.clock.sleep(retryEvery, signal);
  }

  surelyHolds(): boolean {
    return this.#held !== undefined && this.#left() > 0;
  }

  /** Resolves when the Lease could not be renewed in time, when somebody else has it, or when `signal` aborts. */
  async renewUntilLost(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    for (let next = after(this.#renewedAt, retryEvery); this.surelyHolds(); ) {
      await clock.sleep(shorter(between(clock.monotonic(), next), this.#left()), signal);
      if (signal.aborted || this.#left() <= 0) return;
      next = after(clock.monotonic(), retryEvery);
      await this.#tryHold(clock.deadline(shorter(attemptWithin, this.#left()), signal));
    }
  }

  /** Others need not wait for the Lease to run out. It is read first: what became of the last renewal may be unknown. */
  async release(): Promise<void> {
    if (this.#held === undefined) return;
    const signal = this.#ports.clock.deadline(retryEvery);
    try {
      const lease = await this.#ports.kube.get(leases, this.#options.lease, signal);
      if (lease?.spec?.holderIdentity !== this.#options.identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
      await this.#ports.kube.replace(leases, { ...lease, spec }, signal);
    } catch (failure) {
      this.#ports.log.warn('the Lease could not be released', { because: describeError(failure) });
    }
  }

  /** How long there is still to renew it. */
  #left(): Duration {
    return between(this.#ports.clock.monotonic(), after(this.#renewedAt, renewWithin));
  }

  async #tryHold(signal: AbortSignal): Promise<boolean> {
    const begun = this.#ports.clock.monotonic();
    try {
      const lease = await this.#ports.kube.get(leases, this.#options.lease, signal);
      if (lease === undefined)
        this.#held = await this.#ports.kube.create(leases, this.#claim(undefined), signal);
      else if (this.#mayTake(lease))
        this.#held = await this.#ports.kube.replace(leases, this.#claim(lease), signal);
      else this.#held = undefined;
      if (this.#held === undefined) return false;
      this.#renewedAt = begun;
      return true;
    } catch (failure) {
      if (!hasCode(failure, 'conflict', 'alreadyExists')) {
        this.#ports.log.warn('the Lease could not be held', { because: describeError(failure) });
      }
      return false;
    }
  }

  #mayTake(lease: Lease): boolean {
    const { holderIdentity: holder = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
    if (holder === '' || holder === this.#options.identity) return true;
    const now = this.#ports.clock.monotonic();
    const version = lease.metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = { version, at: now };
    return between(this.#seen.at, now) > seconds(leaseDurationSeconds);
  }

  #claim(lease: Lease | undefined): Lease {
    const now = toRfc3339Micro(this.#ports.clock.now());
    const { identity } = this.#options;
    const ours = lease?.spec?.holderIdentity === identity;
    const { namespace, name } = this.#options.lease;
    return {
      ...lease,
      metadata: lease?.metadata ?? { name, ...(namespace === undefined ? {} : { namespace }) },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: toSeconds(leaseDuration),
        renewTime: now,
        acquireTime: ours ? (lease?.spec?.acquireTime ?? now) : now,
        leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (ours ? 0 : 1),
      },
    };
  }
}

const shorter = (one: Duration, other: Duration): Duration => milliseconds(Math.max(0, Math.min(one, other)));
const toSeconds = (length: Duration): number => length / 1000;
