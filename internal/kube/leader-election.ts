import { describeError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import { between, type Duration, type Moment, seconds, toRfc3339Micro } from '../time/units.ts';
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

/**
 * Waits to hold the Lease, leads while it is held, and lets go of it at the end. `lead` is told to stop by its signal
 * when the Lease is lost or `signal` aborts; resolves when it has. A lost Lease rejects: the process is to start anew.
 * `surelyLeads` tells, at the moment it is asked, that nobody else can hold the Lease: it was renewed lately enough.
 */
export async function leadWhileElected(
  options: ElectionOptions,
  ports: ElectionPorts,
  lead: (signal: AbortSignal, surelyLeads: () => boolean) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const election = new Election(options, ports);
  await election.acquire(signal);
  if (signal.aborted) return;
  ports.log.info('leading', { lease: options.lease.name, identity: options.identity });
  const lost = new AbortController();
  const leading = lead(AbortSignal.any([signal, lost.signal]), () => election.surelyHolds());
  const renewing = election.renewUntilLost(signal).then(() => lost.abort());
  await Promise.race([leading, renewing]);
  lost.abort();
  await leading;
  await election.release();
  if (!signal.aborted) throw new Error(`the Lease ${options.lease.name} was lost`);
}

/** One candidate's dealings with the Lease. Others' clocks are not believed: a Lease is over when we saw no change for its length. */
class Election {
  readonly #options: ElectionOptions;
  readonly #ports: ElectionPorts;
  #seen: { readonly version: string; readonly at: Moment } | undefined;
  #held: Lease | undefined;
  /** When the renewal was sent that succeeded last; others count from when they saw it, which is later. */
  #renewedAt: Moment | undefined;

  constructor(options: ElectionOptions, ports: ElectionPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#tryHold(signal)))
      await this.#ports.clock.sleep(retryEvery, signal);
  }

  surelyHolds(): boolean {
    const at = this.#renewedAt;
    return at !== undefined && between(at, this.#ports.clock.monotonic()) < renewWithin;
  }

  /** Resolves when the Lease could not be renewed in time, or `signal` aborts. */
  async renewUntilLost(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.surelyHolds()) {
      await this.#ports.clock.sleep(retryEvery, signal);
      if (!signal.aborted) await this.#tryHold(this.#ports.clock.deadline(retryEvery, signal));
    }
  }

  /** Others need not wait for the Lease to run out. */
  async release(): Promise<void> {
    if (this.#held === undefined) return;
    const spec = { ...this.#held.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    try {
      await this.#ports.kube.replace(leases, { ...this.#held, spec }, this.#ports.clock.deadline(retryEvery));
    } catch (failure) {
      this.#ports.log.warn('the Lease could not be released', { because: describeError(failure) });
    }
  }

  async #tryHold(signal: AbortSignal): Promise<boolean> {
    const askedAt = this.#ports.clock.monotonic();
    try {
      const lease = await this.#ports.kube.get(leases, this.#options.lease, signal);
      if (lease === undefined)
        this.#held = await this.#ports.kube.create(leases, this.#claim(undefined), signal);
      else if (this.#mayTake(lease))
        this.#held = await this.#ports.kube.replace(leases, this.#claim(lease), signal);
      else this.#held = undefined;
      this.#renewedAt = this.#held === undefined ? undefined : askedAt;
      return this.#held !== undefined;
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

const toSeconds = (length: Duration): number => length / 1000;
