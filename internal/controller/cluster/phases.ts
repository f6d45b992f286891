import type { Clock } from '../../time/clock.ts';
import { between, type Duration, type Moment, milliseconds } from '../../time/units.ts';
import type { FailoverStep } from './failover/step.ts';
import type { Phase, PhaseLengths } from './phase-lengths.ts';

/** Measures one failover of one cluster, as far as this process carries it out. */
export class FailoverPhases {
  readonly #clock: Clock;
  readonly #lengths = new Map<Phase, Duration>();
  /** When the last phase ended; undefined while there is no failover. */
  #since: Moment | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The steps so far. Empty when this process did not see the beginning. */
  get lengths(): PhaseLengths {
    return this.#lengths;
  }

  /** A step was decided on; the old primary was last heard at `heardAt`. */
  decided(step: FailoverStep, heardAt: Moment): void {
    const succeeds = step.kind === 'appoint' && step.failover !== undefined;
    if (step.kind === 'appoint' && !succeeds) this.forget();
    if (!succeeds && step.kind !== 'fence' && step.kind !== 'prepare') return;
    if (this.#since === undefined) {
      this.#since = heardAt;
      this.ended('detect');
    }
    if (succeeds) this.ended('decide');
  }

  /** Ends a phase, or a part of it, that began where the last one ended; nothing outside a failover. */
  ended(phase: Phase): void {
    if (this.#since === undefined) return;
    const now = this.#clock.monotonic();
    const before = this.#lengths.get(phase) ?? 0;
    this.#lengths.set(phase, milliseconds(before + between(this.#since, now)));
    this.#since = now;
  }

  /** Measures what is done beside something else. */
  async during<Result>(phase: Phase, work: Promise<Result>): Promise<Result> {
    const begun = this.#clock.monotonic();
    const result = await work;
    const now = this.#clock.monotonic();
    if (this.#since !== undefined) {
      this.#lengths.set(phase, between(begun, now));
      this.#since = now;
    }
    return result;
  }

  forget(): void {
    this.#since = undefined;
    this.#lengths.clear();
  }
}
