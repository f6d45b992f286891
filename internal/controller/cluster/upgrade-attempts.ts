import type { Clock } from '../../time/clock.ts';
import { between, type Duration, type Moment, minutes, seconds } from '../../time/units.ts';
import type { UpgradeAttempt } from './view.ts';

/** A manager is away for a tenth of a second when it is replaced; on a machine that is busy, many times that. */
export const comesBackWithin: Duration = seconds(30);
/** What was refused would be refused again, and is 120 MB. */
export const refusalHolds: Duration = minutes(10);
/** A failover takes seconds, and what an instance saves before it follows may take some more. */
export const notNowHolds: Duration = seconds(15);

interface Attempt {
  readonly kind: 'sending' | 'taken' | 'notNow' | 'refused';
  readonly because: string;
  readonly at: Moment;
}

/** Which version a manager was sent, and why. */
interface Sent {
  readonly version: string;
  readonly because: string;
}

/** What came of replacing the managers of one cluster, as far as this operator process knows, by the UIDs of pods. */
export class UpgradeAttempts {
  readonly #clock: Clock;
  readonly #attempts = new Map<string, Attempt>();
  /** What was sent, and is not known to run yet. */
  readonly #sent = new Map<string, Sent>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The binary is being sent. */
  sending(uid: string, sent: Sent): void {
    this.#note(uid, 'sending');
    this.#sent.set(uid, sent);
  }

  /**
   * The manager says that it is of this version: answers why it was sent that, once, and undefined where it was not. Its own answer
   * may have been lost with its connection.
   */
  seen(uid: string, version: string): string | undefined {
    const sent = this.#sent.get(uid);
    if (sent?.version !== version) return undefined;
    this.#sent.delete(uid);
    return sent.because;
  }

  /** It is there, and is about to be run. */
  taken(uid: string): void {
    this.#note(uid, 'taken');
  }

  /** Something was in the way that will not be for long. */
  notNow(uid: string, because: string): void {
    this.#note(uid, 'notNow', because);
  }

  refused(uid: string, because: string): void {
    this.#note(uid, 'refused', because);
  }

  /** Nobody asks for it any more: whoever asks again gets another try. What is being sent is sent all the same. */
  forgetRefusals(): void {
    for (const [uid, { kind }] of this.#attempts) if (kind !== 'sending') this.#attempts.delete(uid);
  }

  get known(): ReadonlyMap<string, UpgradeAttempt> {
    const known = [...this.#attempts].flatMap(([uid, attempt]) => {
      const seen = this.#asSeenNow(attempt);
      return seen === undefined ? [] : [[uid, seen] as const];
    });
    return new Map(known);
  }

  #asSeenNow({ kind, because, at }: Attempt): UpgradeAttempt | undefined {
    const age = between(at, this.#clock.monotonic());
    if (kind === 'sending' || (kind === 'taken' && age < comesBackWithin)) return { kind: 'underWay' };
    if (age >= (kind === 'notNow' ? notNowHolds : refusalHolds)) return undefined;
    return {
      kind: 'refused',
      because: kind === 'taken' ? 'it took the binary in, and is not of that version' : because,
    };
  }

  #note(uid: string, kind: Attempt['kind'], because = ''): void {
    this.#attempts.set(uid, { kind, because, at: this.#clock.monotonic() });
  }
}
