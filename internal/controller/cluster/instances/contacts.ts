import type { InstanceReport } from '../../../control/protocol.ts';
import type { Clock } from '../../../time/clock.ts';
import { between, type Duration, type Moment, milliseconds } from '../../../time/units.ts';
import type { Sighting } from '../view.ts';

/** What this process knows of one pod from asking it and from listening to it. */
export interface Contact {
  /** When it was last heard; when it was first asked, if it never was. */
  heardAt: Moment;
  /** It did not answer the last question. */
  missed: boolean;
  why: string;
  last: InstanceReport | undefined;
  /** When that came. */
  toldAt: Moment | undefined;
  /** A question that nobody waits for: whoever missed the last one is heard of when it answers. */
  asking: Promise<void> | undefined;
  /** Whoever waits for an answer of it, to be told that another question has gone unanswered: it is not worth more time. */
  readonly waiting: Set<() => void>;
}

/** Shorter than another Redis takes to start: an end that is told of is followed by a restart after 100 ms. */
const wordsHold = milliseconds(50);

/** One cluster's contacts, by pod UID. */
export class Contacts {
  readonly #clock: Clock;
  readonly #byUID = new Map<string, Contact>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(uid: string): Contact {
    const held = this.#byUID.get(uid);
    if (held !== undefined) return held;
    const made: Contact = {
      heardAt: this.#clock.monotonic(),
      missed: false,
      why: 'it was not asked yet',
      last: undefined,
      toldAt: undefined,
      asking: undefined,
      waiting: new Set(),
    };
    this.#byUID.set(uid, made);
    return made;
  }

  /**
   * It said something, asked or unasked; `report` is undefined when it only showed that it is there. True if its Redis is
   * another, or something else, than what it said before.
   */
  heard(uid: string, report: InstanceReport | undefined): boolean {
    const contact = this.of(uid);
    const changed = report !== undefined && contact.last !== undefined && differs(contact.last, report);
    contact.heardAt = this.#clock.monotonic();
    contact.missed = false;
    contact.last = report ?? contact.last;
    if (report !== undefined) contact.toldAt = contact.heardAt;
    return changed;
  }

  /**
   * What is known of it now that others, asked at `askedAt` too, are waited for no more: it may have said something else
   * since, or something at all. What was sent earlier may come later; its own clock tells.
   */
  newest(uid: string, seen: Sighting, askedAt: Moment): Sighting {
    const { missed, last, toldAt } = this.of(uid);
    if (missed || last === undefined || toldAt === undefined || toldAt < askedAt) return seen;
    const isNews = seen.kind !== 'reported' || last.clock > seen.report.clock;
    return isNews ? { kind: 'reported', report: last } : seen;
  }

  missed(uid: string, why: string): void {
    const contact = this.of(uid);
    contact.missed = true;
    contact.why = why;
    for (const giveUp of contact.waiting) giveUp();
    contact.waiting.clear();
  }

  /** What it said of its end a moment ago: it is about to start another Redis, and has nothing to add. */
  lastWords(uid: string): InstanceReport | undefined {
    const { last, toldAt } = this.of(uid);
    if (last?.process.state !== 'exited' || toldAt === undefined) return undefined;
    return between(toldAt, this.#clock.monotonic()) <= wordsHold ? last : undefined;
  }

  /** Some question has gone unanswered. */
  get someoneMissed(): boolean {
    return [...this.#byUID.values()].some(({ missed }) => missed);
  }

  silence(uid: string): Sighting & { readonly kind: 'silent' } {
    const { heardAt, why, last } = this.of(uid);
    const silentFor: Duration = between(heardAt, this.#clock.monotonic());
    return { kind: 'silent', because: why, for: silentFor, last };
  }

  /** Forgets pods that are no more. */
  keepOnly(uids: ReadonlySet<string>): void {
    for (const uid of this.#byUID.keys()) if (!uids.has(uid)) this.#byUID.delete(uid);
  }
}

const differs = (before: InstanceReport, after: InstanceReport): boolean =>
  before.process.pid !== after.process.pid ||
  before.process.state !== after.process.state ||
  before.role !== after.role;
