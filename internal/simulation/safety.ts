import { leasePolicy } from '../control/lease.ts';
import type { RoleCommand } from '../instance-manager/commands.ts';
import { type Address, isClosed, nowhere } from '../instance-manager/decide.ts';
import { covers } from '../instance-manager/nomination.ts';
import { recordOf } from '../instance-manager/record.ts';
import type { Identity } from '../instance-manager/report.ts';
import { pods, redisClusters } from '../kube/resources.ts';
import type { SimInstance } from './instance.ts';
import type { Written } from './kube/api-server.ts';
import { isProved } from './redis/proof.ts';
import type { RedisWitness, SimRedis } from './redis/server.ts';
import type { Ending, Volume } from './redis/volume.ts';
import { type Status, statusIn, type Tenure, tenureIn } from './status.ts';
import type { Testimony } from './testimony.ts';
import { annotationIn, barredBy, UserFences } from './user-fences.ts';
import { type Breach, judgeAppointment, judgeBound, judgeOrder } from './verdicts.ts';
import { apiNode, clusterKey, type World } from './world.ts';

/** A rule of docs/failover.md that did not hold, and how. */
export class BrokenRule extends Error {
  readonly rule: string;
  constructor(rule: string, how: string) {
    super(`${rule}: ${how}`);
    this.rule = rule;
  }
}

/**
 * A whole pod that was stopped goes on with what lies in its sockets, before its manager's timer fires: nothing outside
 * redis-server can keep it from that. One that does not close its gate then is killed when that has taken too long. No
 * replica streams from it any more, so WAIT confirms none of it. Milliseconds.
 */
const wakesWithin = 50 + leasePolicy(3).closing;
/** One whose machine's clock stood still meanwhile trusts its lease until that has run out, docs/limits.md. Milliseconds. */
const trustsWithin = leasePolicy(3).settling;
/** What an operator ordered before it ended may be carried out so much later: on a slow link, after an fsync. Milliseconds. */
const ordersArriveWithin = 3_500;

/** A redis-server that was told to end, and has just been started; milliseconds. */
const endsWithin = 200;

interface Office {
  readonly term: number;
  readonly primary: string;
}

/** What must hold at every moment of every story. The first rule that is broken is kept. */
export class Safety implements RedisWitness {
  readonly #world: World;
  readonly #appointed = new Map<number, string>();
  /** The pod and term in which each redis-server took writes last. */
  readonly #opened = new Map<SimRedis, Office>();
  /** Which redis-server took writes first in each term: a tenure ends with its process. */
  readonly #processes = new Map<number, SimRedis>();
  #newest: Office | undefined;
  #newestVolume: Volume | undefined;
  /** The primary whose node has lost its power, until another takes writes: its volume lacks the last seconds. */
  #gone: SimRedis | undefined;
  readonly #userFences = new UserFences();
  /** Pods whose redis-server was ended in order while the user had fenced them. */
  readonly #stoppedByUser = new Set<string>();
  /** Confirmed writes of which no copy is left anywhere: whoever decides cannot bring them back. */
  readonly beyondReach = new Set<number>();
  broken: BrokenRule | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** To be told of each change at the API server. */
  written({ plural, before, now }: Written): void {
    if (plural !== redisClusters.plural) return;
    if (annotationIn(before) !== annotationIn(now)) this.#fencedByUser(annotationIn(now));
    const [then, next] = [tenureIn(before), tenureIn(now)];
    if (then === 'unreadable' || next === 'unreadable') this.#keepsUnreadable(before, now);
    else if (next === undefined) {
      if (then !== undefined) this.#breaks('tenure', 'the tenure is gone from status');
    } else this.#tenureWritten(then, next, annotationIn(before));
  }

  #fencedByUser(annotation: string | undefined): void {
    this.#userFences.changed(annotation, this.#world.scheduler.now);
    for (const pod of this.#stoppedByUser) {
      if (this.#userFences.since(pod) === undefined) this.#stoppedByUser.delete(pod);
    }
  }

  #keepsUnreadable(before: unknown, now: unknown): void {
    if (this.#world.userWrites || sameTenureFields(before, now)) return;
    this.#breaks('I13', 'a tenure that cannot be read was written over');
  }

  #tenureWritten(then: Tenure | undefined, next: Tenure, annotation: string | undefined): void {
    if (then !== undefined && next.term < then.term)
      this.#breaks('terms grow', `${then.term} became ${next.term}`);
    const { offer } = next;
    if (offer !== undefined && this.#isNews(offer.term, offer.to, annotation))
      this.#world.tell(`status: ${offer.to} is offered term ${offer.term}`);
    this.#isNews(next.term, next.primary, annotation);
    if (next.term === then?.term) return;
    this.#world.tell(`status: ${next.primary} is appointed in term ${next.term}`);
    if (then === undefined) return;
    const { redises, ledgers } = this.#world;
    const { acknowledged } = ledgers;
    const former = this.#processes.get(then.term);
    this.#reports(judgeAppointment(then, next, former, { redises, acknowledged }));
  }

  /** It is written that this one may take writes in this term. Whether that was not known before. */
  #isNews(term: number, primary: string, annotation: string | undefined): boolean {
    const holder = this.#appointed.get(term);
    if (holder !== undefined && holder !== primary) {
      this.#breaks('I1', `term ${term} was ${holder}'s and is now ${primary}'s`);
    }
    if (holder !== undefined) return false;
    this.#appointed.set(term, primary);
    const barred = barredBy(annotation, primary);
    if (barred !== undefined) this.#breaks('I7, I13', `${primary} is appointed, and ${barred}`);
    return true;
  }

  /** To be told what an operator has decided to write into the status. */
  ordered(change: Status, testimony: Testimony): void {
    const stored = this.#world.server.get(redisClusters, clusterKey);
    const tenure = tenureIn(stored);
    if (tenure === undefined || tenure === 'unreadable') return;
    const holder = this.#processes.get(tenure.term);
    const address = holder?.parts.address.host ?? statusIn(stored).instancesStatus?.[tenure.primary]?.ip;
    const { server, scheduler } = this.#world;
    const { now } = scheduler;
    const isThere = (uid: string): boolean =>
      server
        .list(pods, { namespace: clusterKey.namespace })
        .items.some(({ metadata }) => metadata.uid === uid);
    const isDead = holder !== undefined && !holder.alive;
    this.#reports(judgeOrder(change, { tenure, address, now, isThere, isDead }, testimony));
  }

  #reports(breach: Breach | undefined): void {
    if (breach !== undefined) this.#breaks(breach.rule, breach.how);
  }

  started(redis: SimRedis): void {
    const { pod } = redis.parts;
    const since = this.#userFences.since(pod);
    const instance = this.#world.instances.find((one) => one.pod === pod);
    if (since === undefined || instance === undefined) return;
    // Its manager has read the RedisCluster since it began itself, and so at a time when the user had fenced it.
    const hasRead = since < instance.parts.process.startedAt;
    if (!hasRead && (!this.#stoppedByUser.has(pod) || this.#mayNotKnow(instance))) return;
    // One that was being started already when its manager heard of the fence is ended at once.
    this.#world.scheduler.after(endsWithin, () => {
      const runs = redis.alive && this.#userFences.since(pod) !== undefined;
      if (runs) this.#breaks('I7', `${pod} starts a redis-server, and the user has fenced it`);
    });
  }

  /** It stopped for a fence that the user has lifted since, and is cut off from whoever tells of the one in force. */
  #mayNotKnow({ cell, parts: { process } }: SimInstance): boolean {
    return !cell.current.fencedByUser && this.#world.network.isCut(apiNode, process.node);
  }

  /** A pod whose redis-server runs though the user has fenced it: that may be so for a while. */
  get runsThoughFenced(): string | undefined {
    return this.#world.redises.map(({ parts }) => parts.pod).find(this.#isToBeStopped);
  }

  /** One that was cut off while its fence could be read goes on when nobody can read it any more. */
  readonly #isToBeStopped = (pod: string): boolean =>
    this.#userFences.unreadable ? this.#stoppedByUser.has(pod) : this.#userFences.since(pod) !== undefined;

  expectFencedStopped(): void {
    const pod = this.runsThoughFenced;
    if (pod !== undefined) this.#breaks('I7', `the redis-server of ${pod} runs, and the user has fenced it`);
  }

  obeyed({ podName, podUID }: Identity, command: RoleCommand, term: number): void {
    if (command.podUID !== podUID) {
      this.#breaks('I14', `${podName} obeys a command for another pod of its name`);
    }
    if (command.term < term) {
      this.#breaks('I14', `${podName} obeys a command of term ${command.term} after one of term ${term}`);
    }
  }

  turned(redis: SimRedis, follows: Address | undefined): void {
    const { scheduler, operatorsGoneSince } = this.#world;
    if (operatorsGoneSince === undefined || scheduler.now - operatorsGoneSince < ordersArriveWithin) return;
    const status = statusIn(this.#world.server.get(redisClusters, clusterKey));
    const named = status.instancesStatus?.[status.targetPrimary ?? '']?.ip;
    const allowed =
      follows === undefined
        ? status.targetPrimary === redis.parts.pod
        : follows.host === nowhere.host || follows.host === named;
    if (!allowed) this.#breaks('I9', `${redis.parts.pod} changes its role while no operator runs`);
  }

  opened(redis: SimRedis): void {
    const { pod, volume } = redis.parts;
    const record = recordOf(volume.record);
    const { term } = record;
    this.#world.tell(`${pod} takes writes in term ${term}`);
    const isWritten = record.role === 'primary' || covers(record, { term, role: 'primary' });
    if (this.#appointed.get(term) !== pod || !isWritten) {
      this.#breaks(
        'I2',
        `${pod} takes writes in term ${term}, which is ${this.#appointed.get(term) ?? 'nobody'}'s`,
      );
    }
    const first = this.#processes.get(term) ?? redis;
    if (first !== redis) this.#breaks('I1', `${pod} takes writes in term ${term} after a restart`);
    this.#processes.set(term, redis);
    const uid = statusIn(this.#world.server.get(redisClusters, clusterKey)).targetPrimaryUID;
    if (term === this.#world.tenure?.term && uid !== undefined && uid !== redis.parts.podUID) {
      this.#breaks('I2', `${pod} takes writes in term ${term}, which is another pod's of its name`);
    }
    if (first === redis) this.#reports(judgeBound(redis, this.#processes.get(term - 1), this.#world));
    this.#forgiveUnheard(redis);
    this.#opened.set(redis, { term, primary: pod });
    if (this.#newest !== undefined && term <= this.#newest.term) return;
    this.#newest = { term, primary: pod };
    this.#newestVolume = volume;
    this.#gone = undefined;
  }

  wrote(redis: SimRedis): void {
    const tenure = this.#opened.get(redis);
    const { pod } = redis.parts;
    if (tenure === undefined) {
      this.#breaks('I2', `${pod} took a write and was never opened`);
      return;
    }
    const woken = this.#hasJustWoken(redis);
    if (this.#newest !== undefined && tenure.term < this.#newest.term && !woken) {
      const { primary, term } = this.#newest;
      this.#breaks(
        'I1',
        `${pod} took a write in term ${tenure.term} after ${primary} had opened in term ${term}`,
      );
    }
  }

  #hasJustWoken(redis: SimRedis): boolean {
    const instance = this.#world.instances.find((one) => one.redis === redis);
    const processes = [redis.parts.process, instance?.parts.process].flatMap((process) => process ?? []);
    const asleepUntil = Math.min(...processes.map(({ resumedAt }) => resumedAt));
    const clockStood = processes.some(({ held }) => held > 0);
    return this.#world.scheduler.now - asleepUntil <= (clockStood ? trustsWithin : wakesWithin);
  }

  emptied(redis: SimRedis, instead: readonly number[]): void {
    // What it alone had is lost whenever a primary is that nobody hears: here there was more than that.
    const shared = redis.data.filter((id) => this.#world.ledgers.confirmed.has(id));
    if (shared.length > 0 && instead.length === 0) {
      this.#breaks(
        'I5',
        `${redis.parts.pod} had ${redis.data.length} writes and was made to follow one with none`,
      );
    }
  }

  ended(redis: SimRedis, ending: Ending): void {
    const { pod, volume } = redis.parts;
    const { confirmed } = this.#world.ledgers;
    this.#world.tell(`the redis-server of ${pod} has ended: ${ending}`);
    const isStaying = !this.#world.isBeingDeleted(pod);
    if (ending === 'in order' && isStaying && this.#userFences.since(pod) !== undefined) {
      this.#stoppedByUser.add(pod);
    }
    const lost = this.#world.lostFor(confirmed);
    for (const id of lost) this.beyondReach.add(id);
    const isPrimary = this.#newest !== undefined && this.#processes.get(this.#newest.term) === redis;
    if (ending === 'power lost' && isPrimary) this.#gone = redis;
    // Once no memory has it, all that tells whose volume is the newest is who was primary.
    const memories = this.#world.redises
      .filter((one) => one !== redis && this.#canBeAsked(one))
      .map(({ data }) => data);
    this.#forgive([(this.#newestVolume ?? volume).files, ...memories]);
    if (ending !== 'power lost') return;
    // What the disk had not got yet is on the replicas that streamed from it, or nobody can be asked for it.
    const streamed = this.#world.redises.filter((one) => isProved(one, redis)).map(({ data }) => data);
    this.#forgive([volume.files, ...streamed]);
  }

  /**
   * The volumes of replicas that were started anew cannot be compared with that of a primary that lost the end of its own:
   * only whoever was proved in sync with it, in the same process, is known to have more (docs/limits.md).
   */
  readonly #canBeAsked = (redis: SimRedis): boolean => {
    if (this.#gone === undefined) return true;
    const instance = this.#world.instances.find((one) => one.redis === redis);
    const syncedTerm = instance?.cell.current.process.syncedTerm ?? 0;
    return redis.caughtUpWith.has(this.#gone) && syncedTerm >= (this.#newest?.term ?? 0);
  };

  /** Who lost its power leads again with what its volume has, where nobody who answers is known to have more (docs/limits.md). */
  #forgiveUnheard(redis: SimRedis): void {
    if (this.#gone?.parts.pod !== redis.parts.pod) return;
    const heard = this.#world.redises.filter((one) => this.#canBeAsked(one) && !one.parts.process.frozen);
    this.#forgive([redis.data, ...heard.map(({ data }) => data)]);
  }

  /** Whatever is in none of these can be asked of nobody. */
  #forgive(copies: readonly (readonly number[])[]): void {
    const held = new Set(copies.flat());
    for (const id of this.#world.ledgers.confirmed) if (!held.has(id)) this.beyondReach.add(id);
  }

  /** Two that could take a write at this very moment: one of them should have stopped, or should have waited. */
  look(): void {
    if (this.broken !== undefined) return;
    const open: SimRedis[] = [];
    // After every event of a story: this may not cost more than a look.
    for (const { redis } of this.#world.instances) if (redis !== undefined && isOpen(redis)) open.push(redis);
    if (open.length < 2) return;
    const awake = open.filter((redis) => !this.#hasJustWoken(redis)).map(({ parts }) => parts.pod);
    if (awake.length > 1) this.#breaks('I1', `${awake.join(' and ')} take writes at the same time`);
  }

  #breaks(rule: string, how: string): void {
    if (this.broken !== undefined) return;
    this.broken = new BrokenRule(rule, how);
    this.#world.tell(`BROKEN ${this.broken.message}`);
  }
}

const isOpen = (redis: SimRedis): boolean =>
  redis.follows === undefined && !isClosed(redis.writeGate) && redis.alive && !redis.parts.process.frozen;

const tenureFields = [
  'term',
  'targetPrimary',
  'targetPrimaryUID',
  'currentPrimary',
  'primaryFencedSince',
] as const;
const sameTenureFields = (one: unknown, other: unknown): boolean =>
  tenureFields.every((field) => statusIn(one)[field] === statusIn(other)[field]);
