import type { InstanceReport } from '../../control/protocol.ts';
import type { Clock } from '../../time/clock.ts';
import { between, type Duration, type Moment, milliseconds, moment } from '../../time/units.ts';
import type { RecordedTenure } from './tenure.ts';
import type { HeldTenure, PodFacts, Sighting } from './view.ts';

/**
 * What this operator process alone can know of a cluster: lengths of time on its own monotonic clock, and what an
 * instance said before it fell silent. All of it may be lost at any moment: then it is only longer until somebody is
 * believed to be gone.
 */
export class ClusterMemory {
  readonly #clock: Clock;
  readonly #clusters = new Map<string, Recollection>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of this very cluster object: one that is made anew under the same name starts with nothing. */
  of({
    namespace,
    name,
    uid,
  }: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  }): Recollection {
    const key = `${namespace}/${name}`;
    const held = this.#clusters.get(key);
    if (held?.uid === uid) return held;
    const made = new Recollection(uid, this.#clock);
    this.#clusters.set(key, made);
    return made;
  }

  forget({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
    this.#clusters.delete(`${namespace}/${name}`);
  }
}

type Recalled = Pick<HeldTenure, 'fencedFor' | 'silentFor' | 'ended' | 'lastServed'>;

interface Holder {
  readonly term: number;
  readonly target: string;
  /** Since when it is not heard; undefined while it answers. A pod that vanished is missed from when that was seen. */
  lostAt: Moment | undefined;
  ended: string | undefined;
  served: InstanceReport | undefined;
}

/** One cluster's. */
export class Recollection {
  readonly uid: string;
  readonly #clock: Clock;
  readonly #reports = new Map<string, InstanceReport>();
  readonly #missedSince = new Map<string, Moment>();
  /** By pod UID: an end of its container that a later word of the pod has refuted. */
  readonly #refuted = new Map<string, string>();
  #fence: { readonly key: string; readonly since: Moment } | undefined;
  #holder: Holder | undefined;
  #failingSince: Moment | undefined;
  #written: string | undefined;
  #overtaken: string | undefined;

  constructor(uid: string, clock: Clock) {
    this.uid = uid;
    this.#clock = clock;
  }

  /** We wrote the cluster, and this is its version now. */
  wrote(resourceVersion: string | undefined): void {
    this.#written = resourceVersion ?? this.#written;
  }

  /** Our write on this version was refused: there is a newer one. */
  overtaken(resourceVersion: string | undefined): void {
    this.#overtaken = resourceVersion;
  }

  /** The cluster as it was before our own last write, or known to be overtaken: to decide on it is to decide on the past. */
  isOutdated(resourceVersion: string | undefined): boolean {
    const seen = numberIn(resourceVersion);
    const [written = 0n, overtaken = -1n] = [numberIn(this.#written), numberIn(this.#overtaken)];
    return seen !== undefined && (seen < written || seen <= overtaken);
  }

  /** Takes in what was said, and unsaid, to questions sent at `askedAt`. */
  heard(pods: Iterable<PodFacts>, sightings: ReadonlyMap<string, Sighting>, askedAt: Moment): void {
    for (const pod of pods) {
      const sighting = sightings.get(pod.name);
      const said = lastSaid(sighting);
      if (said?.podUID === pod.uid) this.#reports.set(pod.name, said);
      if (sighting?.kind === 'reported') this.#answered(pod);
      else if (sighting !== undefined && !this.#missedSince.has(pod.name)) {
        this.#missedSince.set(pod.name, askedAt);
      }
    }
  }

  #answered({ name, uid, ended }: PodFacts): void {
    this.#missedSince.delete(name);
    if (ended !== undefined) this.#refuted.set(uid, ended.id);
  }

  lastReport(pod: string): InstanceReport | undefined {
    return this.#reports.get(pod);
  }

  /** How long a question to this pod has gone unanswered. */
  missedFor(pod: string): Duration {
    const since = this.#missedSince.get(pod);
    return since === undefined ? milliseconds(0) : between(since, this.#clock.monotonic());
  }

  /** What is known of the appointed pod besides the record. `pod` is what is there under its name now. */
  recall(tenure: RecordedTenure, pod: PodFacts | undefined, sighting: Sighting | undefined): Recalled {
    const now = this.#clock.monotonic();
    const holder = this.#holderOf(tenure);
    if (pod !== undefined && (tenure.targetUID === undefined || pod.uid === tenure.targetUID)) {
      this.#lookAt(holder, pod, sighting ?? { kind: 'absent' });
    } else holder.lostAt ??= now;
    const silentFor = milliseconds(holder.lostAt === undefined ? 0 : between(holder.lostAt, now));
    return { silentFor, ended: holder.ended, lastServed: holder.served, fencedFor: this.fencedFor(tenure) };
  }

  /** The appointed pod itself is there. */
  #lookAt(holder: Holder, pod: PodFacts, sighting: Sighting): void {
    const now = this.#clock.monotonic();
    const report = this.#reports.get(pod.name);
    if (report?.podUID === pod.uid) holder.served = servedSo(report, holder.term) ?? holder.served;
    holder.ended = pod.ended?.id === this.#refuted.get(pod.uid) ? undefined : pod.ended?.words;
    switch (sighting.kind) {
      case 'reported':
        holder.lostAt = undefined;
        break;
      case 'silent':
        holder.lostAt = moment(now - sighting.for);
        break;
      case 'absent':
        holder.lostAt ??= now;
    }
  }

  /** How long this process has known of this very fence; undefined when there is none. */
  fencedFor({ term, target, fencedSince }: RecordedTenure): Duration | undefined {
    const now = this.#clock.monotonic();
    if (fencedSince === undefined) this.#fence = undefined;
    else {
      const key = `${term}/${target}/${fencedSince}`;
      if (this.#fence?.key !== key) this.#fence = { key, since: now };
    }
    return this.#fence === undefined ? undefined : between(this.#fence.since, now);
  }

  /** Evidence against the primary was seen at `at`; the first time counts. */
  failing(at: Moment): void {
    this.#failingSince ??= at;
  }

  /** The primary serves: how long ago the evidence against the one before was seen; undefined when there was none. */
  recovered(): Duration | undefined {
    const since = this.#failingSince;
    this.#failingSince = undefined;
    return since === undefined ? undefined : between(since, this.#clock.monotonic());
  }

  #holderOf({ term, target }: RecordedTenure): Holder {
    if (this.#holder?.term === term && this.#holder.target === target) return this.#holder;
    const made: Holder = { term, target, lostAt: undefined, ended: undefined, served: undefined };
    this.#holder = made;
    return made;
  }
}

function lastSaid(sighting: Sighting | undefined): InstanceReport | undefined {
  if (sighting === undefined || sighting.kind === 'absent') return undefined;
  return sighting.kind === 'reported' ? sighting.report : sighting.last;
}

/** The report when it speaks for a primary of this term, writing or fenced; its history is that of the term. */
function servedSo(report: InstanceReport, term: number): InstanceReport | undefined {
  const serves = report.process.state === 'running' && report.term === term && report.bootTerm < term;
  const hasLed =
    report.role === 'primary' || (report.role === 'fenced' && report.data.lastRole === 'primary');
  return serves && hasLed && report.promise === undefined ? report : undefined;
}

/** Versions are opaque by contract, and numbers of one sequence in every API server there is. */
const numberIn = (version: string | undefined): bigint | undefined =>
  version !== undefined && /^\d+$/.test(version) ? BigInt(version) : undefined;
