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
  #changed: { readonly at: Moment; readonly firstAt: Moment } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long they still rest after what has changed last about these pods, as endpoints; 0 when they do not. */
  busyFor(pods: Iterable<PodFacts>): Duration {
    const now = this.#clock.monotonic();
    const endpoints = [...pods].map(asEndpoint).sort().join();
    if (this.#seen !== undefined && endpoints !== this.#seen) this.#change(now);
    this.#seen = endpoints;
    if (this.#changed === undefined) return milliseconds(0);
    const rested = after(this.#changed.at, proxiesRest);
    const limit = after(this.#changed.firstAt, proxiesRestLimit);
    return milliseconds(Math.max(0, between(now, rested < limit ? rested : limit)));
  }

  /** Changes that follow close on one another count from the first of them. */
  #change(at: Moment): void {
    const before = this.#changed;
    const goesOn = before !== undefined && at < after(before.at, proxiesRest);
    this.#changed = { at, firstAt: goesOn ? before.firstAt : at };
  }
}

/** What of a pod is written into the endpoints of Services, or selects it for them. */
const asEndpoint = ({ uid, ip, ready, deleting, roleLabel }: PodFacts): string =>
  [uid, ip, ready, deleting, roleLabel].join('/');
