import type { Clock } from '../../time/clock.ts';
import { between, type Duration, type Moment, minutes } from '../../time/units.ts';
import { beingChanged } from './resize/state.ts';
import type { PodFacts, ResizeRefusal } from './view.ts';

/** What the API server refuses for one pod it refuses for all; another version of it may not. */
export const refusalHolds: Duration = minutes(10);

interface Waiting {
  /** For what: another wish begins to wait anew. */
  readonly asked: string;
  readonly since: Moment;
}

/** What came of changing resources of one cluster's pods in place, as far as this operator process knows. */
export class ResizeAttempts {
  readonly #clock: Clock;
  #refusal: { readonly wanted: string; readonly refusal: ResizeRefusal; readonly at: Moment } | undefined;
  /** By the UID of the pod. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #recorded = new Map<string, string | undefined>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The API server does not change resources to these; `wanted` is their fingerprint. */
  refused(wanted: string, refusal: ResizeRefusal): void {
    this.#refusal = { wanted, refusal, at: this.#clock.monotonic() };
  }

  refusalOf(wanted: string | undefined): ResizeRefusal | undefined {
    const held = this.#refusal;
    if (held === undefined || held.wanted !== wanted) return undefined;
    return between(held.at, this.#clock.monotonic()) < refusalHolds ? held.refusal : undefined;
  }

  /** Takes in which pods are being changed, and to what. */
  look(pods: Iterable<PodFacts>): void {
    const changing = [...pods].filter(({ parts }) => parts?.resources === beingChanged);
    const uids = new Set(changing.map(({ uid }) => uid));
    for (const uid of this.#waiting.keys()) if (!uids.has(uid)) this.#forget(uid);
    for (const { uid, resources } of changing) {
      const asked = JSON.stringify(resources?.asked);
      if (this.#waiting.get(uid)?.asked === asked) continue;
      this.#waiting.set(uid, { asked, since: this.#clock.monotonic() });
    }
  }

  #forget(uid: string): void {
    this.#waiting.delete(uid);
    this.#recorded.delete(uid);
  }

  /** The pod was told of as resized to these. False when it was already: the caches may take a while to show what we wrote. */
  recorded(uid: string, wanted: string | undefined): boolean {
    if (this.#recorded.get(uid) === wanted) return false;
    this.#recorded.set(uid, wanted);
    return true;
  }

  get waits(): ReadonlyMap<string, Duration> {
    const now = this.#clock.monotonic();
    return new Map([...this.#waiting].map(([uid, { since }]) => [uid, between(since, now)]));
  }
}
