import type { InstanceReport } from '../../../control/protocol.ts';
import type { Clock } from '../../../time/clock.ts';
import { after, between, type Duration, type Moment, milliseconds } from '../../../time/units.ts';
import type { GrantedTenure } from '../ports.ts';

/** What an instance made of a question: it answered with its report, or it answered that it does not obey. */
export type Answer =
  | { readonly kind: 'report'; readonly report: InstanceReport }
  | { readonly kind: 'refused' };

export interface VigilPorts {
  readonly clock: Clock;
  /** Grants the lease as of that moment of the instance's clock; rejects when there is no answer. */
  grant(tenure: GrantedTenure, asOf: number, signal: AbortSignal): Promise<Answer>;
  /** Only asks. */
  ask(tenure: GrantedTenure, signal: AbortSignal): Promise<Answer>;
  /** This process surely holds the operators' Lease. */
  mayGrant(): boolean;
  answered(tenure: GrantedTenure, answer: Answer): void;
  missed(tenure: GrantedTenure): void;
  /** The primary has fallen silent, or has been silent for as long as it takes to be suspected, or answers again. */
  onChange(): void;
}

export interface VigilPolicy {
  readonly grantEvery: Duration;
  readonly suspicion: Duration;
}

/** An instance answers in milliseconds; a grant that takes longer may come too late anyway. */
const grantLimit: Duration = milliseconds(400);
/** Until it is suspected, whoever missed a question is asked again so soon: one lost question must suspect nobody. */
const retryEvery: Duration = milliseconds(50);

/**
 * Keeps asking one cluster's primary, and by asking lets it write. A grant echoes a moment of the primary's own clock, from
 * its previous report: so one that is held up on its way proves nothing new. When the grant is withdrawn it goes on
 * asking, to hear whether the primary is there.
 */
export class Vigil {
  readonly #ports: VigilPorts;
  #watch: Watch | undefined;

  constructor(ports: VigilPorts) {
    this.#ports = ports;
  }

  /** Grants this one from now on; undefined grants nothing from now on. Idempotent. */
  grant(tenure: GrantedTenure | undefined, policy: VigilPolicy): void {
    if (tenure === undefined) {
      if (this.#watch !== undefined) this.#watch.granting = false;
      return;
    }
    const held = this.#watch;
    if (held !== undefined && sameTenure(held.tenure, tenure) && samePolicy(held.policy, policy)) {
      held.granting = true;
      return;
    }
    held?.close();
    this.#watch = new Watch(tenure, policy, this.#ports);
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }
}

/** The vigil over one tenure. */
class Watch {
  readonly tenure: GrantedTenure;
  readonly policy: VigilPolicy;
  readonly #ports: VigilPorts;
  readonly #closing = new AbortController();
  /** Read again before each question: a withdrawal takes effect at once. */
  granting = true;
  #asOf: number | undefined;
  #heardAt: Moment;
  #silent = false;
  #cancelSuspicion: () => void = () => undefined;

  constructor(tenure: GrantedTenure, policy: VigilPolicy, ports: VigilPorts) {
    this.tenure = tenure;
    this.policy = policy;
    this.#ports = ports;
    this.#heardAt = ports.clock.monotonic();
    void this.#run();
  }

  close(): void {
    this.#closing.abort();
    this.#cancelSuspicion();
  }

  async #run(): Promise<void> {
    const { clock } = this.#ports;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const askedAt = clock.monotonic();
      const hadClock = this.#asOf !== undefined;
      await this.#askOnce(signal);
      // The first answer only tells the time: the grant follows at once.
      if (!hadClock && this.#asOf !== undefined) continue;
      const brief = this.#silent && between(this.#heardAt, clock.monotonic()) < this.policy.suspicion;
      const left = between(clock.monotonic(), after(askedAt, this.policy.grantEvery));
      await clock.sleep(brief ? retryEvery : milliseconds(Math.max(0, left)), signal);
    }
  }

  async #askOnce(signal: AbortSignal): Promise<void> {
    const limit = this.#ports.clock.deadline(grantLimit, signal);
    try {
      const answer = await this.#question(limit);
      if (!signal.aborted) this.#hear(answer);
    } catch {
      if (!signal.aborted) this.#miss();
    }
  }

  #question(limit: AbortSignal): Promise<Answer> {
    const { tenure } = this;
    const asOf = this.granting && this.#ports.mayGrant() ? this.#asOf : undefined;
    return asOf === undefined ? this.#ports.ask(tenure, limit) : this.#ports.grant(tenure, asOf, limit);
  }

  #hear(answer: Answer): void {
    this.#heardAt = this.#ports.clock.monotonic();
    this.#cancelSuspicion();
    // One that does not obey yet is asked what it is before it is granted anything.
    this.#asOf = answer.kind === 'report' ? answer.report.clock : undefined;
    this.#ports.answered(this.tenure, answer);
    if (!this.#silent) return;
    this.#silent = false;
    this.#ports.onChange();
  }

  #miss(): void {
    this.#ports.missed(this.tenure);
    if (this.#silent) return;
    this.#silent = true;
    const { clock } = this.#ports;
    const left = between(clock.monotonic(), after(this.#heardAt, this.policy.suspicion));
    this.#cancelSuspicion = clock.schedule(milliseconds(Math.max(0, left)), () => this.#ports.onChange());
    this.#ports.onChange();
  }
}

const sameTenure = (one: GrantedTenure, other: GrantedTenure): boolean =>
  one.podUID === other.podUID && one.term === other.term && one.ip === other.ip;

const samePolicy = (one: VigilPolicy, other: VigilPolicy): boolean =>
  one.grantEvery === other.grantEvery && one.suspicion === other.suspicion;
