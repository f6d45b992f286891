import { proxiesRest, proxiesRestLimit } from '../../control/switchover.ts';
import type { Clock } from '../../time/clock.ts';
import { after, between, type Duration, type Moment, milliseconds } from '../../time/units.ts';
import type { PodFacts } from './view.ts';

/**
 * When the nodes' proxies will take in a change of one cluster's Services at once. A proxy that has just synchronised
 * rests, and a leader Service that moves meanwhile moves for clients after that rest only: a second of writes that go nowhere.
 */
export class Proxies {
  readonly #clock: Clock;
  #seen: string | undefined;
  /** Undefined while nothing has changed since this process began to look. */
  #changedAt: Moment | undefined;
  /** Since when a hand-over waits for them. */
  #awaitedSince: Moment | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long they still rest after what has changed last about these pods, as endpoints; 0 when they do not. */
  busyFor(pods: Iterable<PodFacts>): Duration {
    const now = this.#clock.monotonic();
    const endpoints = [...pods].map(asEndpoint).sort().join();
    if (this.#seen !== undefined && endpoints !== this.#seen) this.#changedAt = now;
    this.#seen = endpoints;
    if (this.#changedAt === undefined) return milliseconds(0);
    const rested = after(this.#changedAt, proxiesRest);
    const limit = after(this.#awaitedSince ?? now, proxiesRestLimit);
    return milliseconds(Math.max(0, between(now, rested < limit ? rested : limit)));
  }

  /** Whether a hand-over waits for them now: it does so for a limited time, however long the endpoints have been changing before. */
  waitedFor(waits: boolean): void {
    this.#awaitedSince = waits ? (this.#awaitedSince ?? this.#clock.monotonic()) : undefined;
  }
}

/** What of a pod is written into the endpoints of Services, or selects it for them. */
const asEndpoint = ({ uid, ip, ready, deleting, roleLabel }: PodFacts): string =>
  [uid, ip, ready, deleting, roleLabel].join('/');
