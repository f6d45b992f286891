import type { Parsed, ParsedSpec, RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { InstanceReport } from '../../control/protocol.ts';
import type { Clock } from '../../time/clock.ts';
import { between, type Duration, type Moment, milliseconds, minutes, moment } from '../../time/units.ts';
import type { AsWanted } from './apply/apply-objects.ts';
import { Kept } from './kept.ts';
import { FailoverPhases } from './phases.ts';
import { Proxies } from './proxies.ts';
import { ResizeAttempts } from './resize-attempts.ts';
import type { DesiredObject } from './resources/desired-objects.ts';
import { RolloutSlots, usualRollouts } from './rollout-slots.ts';
import type { RecordedTenure } from './tenure.ts';
import { UpgradeAttempts } from './upgrade-attempts.ts';
import {
  type GrowthRefusal,
  type HeldTenure,
  isOfHolder,
  type PodFacts,
  type PodParts,
  type Sighting,
} from './view.ts';

/**
 * What this operator process alone can know of a cluster: lengths of time on its own monotonic clock, and what an
 * instance said before it fell silent. All of it may be lost at any moment: then it is only longer until somebody is
 * believed to be gone.
 */
export class ClusterMemory {
  readonly #clock: Clock;
  readonly #clusters = new Map<string, Recollection>();
  readonly rollouts: RolloutSlots;

  constructor(clock: Clock, maxConcurrentRollouts: number = usualRollouts) {
    this.#clock = clock;
    this.rollouts = new RolloutSlots(maxConcurrentRollouts, clock);
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
    this.rollouts.giveBack({ namespace, name });
  }
}

/** A class that forbids growth is seldom changed: asking is a write, and an idle cluster makes next to none (I10). */
const refusalHolds = minutes(10);

type Recalled = Pick<HeldTenure, 'fencedFor' | 'silentFor' | 'failingFor' | 'ended' | 'lastServed'>;

interface Holder {
  readonly term: number;
  readonly target: string;
  readonly targetRun: string | undefined;
  /** Since when it is not heard; undefined while it answers. A pod that vanished is missed from when that was seen. */
  lostAt: Moment | undefined;
  ended: string | undefined;
  served: InstanceReport | undefined;
}

/** One cluster's. */
export class Recollection {
  readonly uid: string;
  /** How long each part of a failover that is under way took. */
  readonly phases: FailoverPhases;
  readonly #clock: Clock;
  readonly #reports = new Map<string, InstanceReport>();
  readonly #missedSince = new Map<string, Moment>();
  /** By pod UID: an end of its container that a later word of the pod has refuted. */
  readonly #refuted = new Map<string, string>();
  #fence: { readonly key: string; readonly since: Moment } | undefined;
  #holder: Holder | undefined;
  readonly #refusals = new Map<string, { readonly refusal: GrowthRefusal; readonly at: Moment }>();
  #failingSince: Moment | undefined;
  #refusedAt: Moment | undefined;
  #request: { readonly to: string; readonly since: Moment } | undefined;
  #written: string | undefined;
  #overtaken: string | undefined;
  /** Made from the newest version of the cluster: a tick that finds nothing new does not make them anew. */
  readonly parsed = new Kept<Parsed<RedisCluster>>();
  readonly parsedSpec = new Kept<ParsedSpec>();
  readonly podFacts = new Kept<ReadonlyMap<number, PodFacts>>();
  readonly wantedHash = new Kept<ReadonlyMap<string, string>>();
  readonly podParts = new Kept<PodParts>();
  readonly desired = new Kept<readonly DesiredObject[]>();
  /** By what was wanted: the object that was found to be as wanted. */
  readonly asWanted: AsWanted = new WeakMap();
  /** The API server has said that nothing can be created in its namespace any more. */
  namespaceEnds = false;
  readonly upgrades: UpgradeAttempts;
  readonly proxies: Proxies;
  readonly resizes: ResizeAttempts;

  constructor(uid: string, clock: Clock) {
    this.uid = uid;
    this.phases = new FailoverPhases(clock);
    this.upgrades = new UpgradeAttempts(clock);
    this.proxies = new Proxies(clock);
    this.resizes = new ResizeAttempts(clock);
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
    const failingFor = milliseconds(this.#failingSince === undefined ? 0 : between(this.#failingSince, now));
    const { ended, served: lastServed } = holder;
    return { silentFor, failingFor, ended, lastServed, fencedFor: this.fencedFor(tenure) };
  }

  /** The appointed pod itself is there. */
  #lookAt(holder: Holder, pod: PodFacts, sighting: Sighting): void {
    const now = this.#clock.monotonic();
    const report = this.#reports.get(pod.name);
    if (report?.podUID === pod.uid) holder.served = servedSo(report, holder) ?? holder.served;
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

  /** The API server does not let this claim grow. */
  growthRefused(claim: string, refusal: GrowthRefusal): void {
    this.#refusals.set(claim, { refusal, at: this.#clock.monotonic() });
  }

  /** Why it did not lately; undefined when it may be asked again. */
  growthRefusal(claim: string): GrowthRefusal | undefined {
    const held = this.#refusals.get(claim);
    return held !== undefined && between(held.at, this.#clock.monotonic()) < refusalHolds
      ? held.refusal
      : undefined;
  }

  /** Evidence against the primary was seen at `at`; the first time counts. */
  failing(at: Moment): void {
    this.#failingSince ??= at;
  }

  /** The primary serves: how long ago the evidence against the one before was seen; undefined when there was none. */
  recovered(): Duration | undefined {
    const since = this.#failingSince;
    this.#failingSince = undefined;
    this.phases.forget();
    return since === undefined ? undefined : between(since, this.#clock.monotonic());
  }

  /** How long it has been asked for a switchover to this one. */
  askedFor(to: string | undefined): Duration {
    const now = this.#clock.monotonic();
    if (this.#request?.to !== to) this.#request = to === undefined ? undefined : { to, since: now };
    return this.#request === undefined ? milliseconds(0) : between(this.#request.since, now);
  }

  /** A hand-over was refused, or came to nothing: the next one is not asked for at once. */
  handoverRefused(): void {
    this.#refusedAt = this.#clock.monotonic();
  }

  refusedAgo(): Duration | undefined {
    return this.#refusedAt === undefined ? undefined : between(this.#refusedAt, this.#clock.monotonic());
  }

  #holderOf({ term, target, targetRun }: RecordedTenure): Holder {
    if (this.#holder?.term === term && this.#holder.target === target) return this.#holder;
    const made: Holder = { term, target, targetRun, lostAt: undefined, ended: undefined, served: undefined };
    this.#holder = made;
    return made;
  }
}

function lastSaid(sighting: Sighting | undefined): InstanceReport | undefined {
  if (sighting === undefined || sighting.kind === 'absent') return undefined;
  return sighting.kind === 'reported' ? sighting.report : sighting.last;
}

/** The report when it speaks for a primary of this term, writing or fenced; its history is that of the term. */
function servedSo(report: InstanceReport, holder: Holder): InstanceReport | undefined {
  const serves =
    report.process.state === 'running' && report.term === holder.term && isOfHolder(report, holder);
  const hasLed =
    report.role === 'primary' || (report.role === 'fenced' && report.data.lastRole === 'primary');
  return serves && hasLed && report.promise === undefined ? report : undefined;
}

/** Versions are opaque by contract, and numbers of one sequence in every API server there is. */
const numberIn = (version: string | undefined): bigint | undefined =>
  version !== undefined && /^\d+$/.test(version) ? BigInt(version) : undefined;
