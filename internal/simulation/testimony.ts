import type { InstanceReport } from '../control/protocol.ts';

export interface Said {
  readonly report: InstanceReport;
  /** When it was asked for, or reached the operator unasked; in milliseconds of the world. */
  readonly at: number;
}

/** What instances have said to one operator, as it arrived: what its decisions may be held against. */
export class Testimony {
  readonly #now: () => number;
  /** By address, where nobody may be left: the answer to the last question; undefined while there is none. */
  readonly #answers = new Map<string, Said | undefined>();
  /** By the UID of a pod: the one before it of the same name may go on speaking. */
  readonly #newest = new Map<string, Said>();
  readonly #asked = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A question leaves. Returns what takes the answer to it; that to an older one counts for nothing any more. */
  asks(host: string): (report: InstanceReport) => void {
    const number = (this.#asked.get(host) ?? 0) + 1;
    this.#asked.set(host, number);
    this.#answers.set(host, undefined);
    const at = this.#now();
    return (report) => {
      this.told(report);
      if (this.#asked.get(host) === number) this.#answers.set(host, { report, at });
    };
  }

  /** Something was said unasked, or to a command. */
  told(report: InstanceReport): void {
    this.#newest.set(report.podUID, { report, at: this.#now() });
  }

  /** The answers to the last question to each, of those who answered it; what one has said since takes its place. */
  get answers(): readonly Said[] {
    return [...this.#answers.values()].flatMap((said) => (said === undefined ? [] : this.#sinceThen(said)));
  }

  #sinceThen(answer: Said): Said {
    const newest = this.#newest.get(answer.report.podUID);
    return newest !== undefined && newest.report.clock > answer.report.clock ? newest : answer;
  }

  /** Whatever was said last by each in the last `length` milliseconds. */
  saidWithin(length: number): readonly InstanceReport[] {
    const since = this.#now() - length;
    return [...this.#newest.values()].flatMap(({ report, at }) => (at >= since ? report : []));
  }
}
