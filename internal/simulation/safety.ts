import { isClosed } from '../instance-manager/decide.ts';
import { recordOf } from '../instance-manager/record.ts';
import { redisClusters } from '../kube/resources.ts';
import type { Written } from './kube/api-server.ts';
import type { RedisWitness, SimRedis } from './redis/server.ts';
import type { Ending, Volume } from './redis/volume.ts';
import type { World } from './world.ts';

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
 * redis-server can keep it from that. No replica streams from it any more, so WAIT confirms none of it. Milliseconds.
 */
const wakesWithin = 50;

interface Tenure {
  readonly term: number;
  readonly primary: string;
}

/** What must hold at every moment of every story. The first rule that is broken is kept. */
export class Safety implements RedisWitness {
  readonly #world: World;
  readonly #appointed = new Map<number, string>();
  /** The pod and term in which each redis-server took writes last. */
  readonly #opened = new Map<SimRedis, Tenure>();
  #newest: Tenure | undefined;
  #newestVolume: Volume | undefined;
  /** Confirmed writes of which no copy is left anywhere: whoever decides cannot bring them back. */
  readonly beyondReach = new Set<number>();
  broken: BrokenRule | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** To be told of each change at the API server. */
  written({ plural, before, now }: Written): void {
    if (plural !== redisClusters.plural) return;
    const [then, next] = [tenureIn(before), tenureIn(now)];
    if (next === undefined) {
      if (then !== undefined) this.#breaks('tenure', 'the tenure is gone from status');
      return;
    }
    if (then !== undefined && next.term < then.term)
      this.#breaks('terms grow', `${then.term} became ${next.term}`);
    const before_ = this.#appointed.get(next.term);
    if (before_ !== undefined && before_ !== next.primary) {
      this.#breaks('I1', `term ${next.term} was ${before_}'s and is now ${next.primary}'s`);
    }
    if (before_ === undefined) this.#world.tell(`status: ${next.primary} is appointed in term ${next.term}`);
    this.#appointed.set(next.term, next.primary);
  }

  opened(redis: SimRedis): void {
    const { pod, volume } = redis.parts;
    const { term, role } = recordOf(volume.record);
    this.#world.tell(`${pod} takes writes in term ${term}`);
    if (this.#appointed.get(term) !== pod || role !== 'primary') {
      this.#breaks(
        'I2',
        `${pod} takes writes in term ${term}, which is ${this.#appointed.get(term) ?? 'nobody'}'s`,
      );
    }
    this.#opened.set(redis, { term, primary: pod });
    if (this.#newest !== undefined && term <= this.#newest.term) return;
    this.#newest = { term, primary: pod };
    this.#newestVolume = volume;
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
    const asleepUntil = Math.min(redis.parts.process.resumedAt, instance?.parts.process.resumedAt ?? 0);
    return this.#world.scheduler.now - asleepUntil <= wakesWithin;
  }

  emptied(redis: SimRedis, instead: readonly number[]): void {
    if (redis.data.length > 0 && instead.length === 0) {
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
    const lost = this.#world.lostFor(confirmed);
    for (const id of lost) this.beyondReach.add(id);
    // Once no memory has it, all that tells whose volume is the newest is who was primary.
    const memories = this.#world.redises.filter((one) => one !== redis).map(({ data }) => data);
    this.#forgive([(this.#newestVolume ?? volume).files, ...memories]);
    if (ending !== 'power lost') return;
    // What the disk had not got yet is on the replicas that streamed from it, or nobody can be asked for it.
    const streamed = this.#world.redises.filter((one) => one.streamsFrom(redis)).map(({ data }) => data);
    this.#forgive([volume.files, ...streamed]);
  }

  /** Whatever is in none of these can be asked of nobody. */
  #forgive(copies: readonly (readonly number[])[]): void {
    const held = new Set(copies.flat());
    for (const id of this.#world.ledgers.confirmed) if (!held.has(id)) this.beyondReach.add(id);
  }

  /** Two that could take a write at this very moment: one of them should have stopped, or should have waited. */
  look(): void {
    if (this.broken !== undefined) return;
    const open = this.#world.redises.filter(
      (redis) => redis.follows === undefined && !isClosed(redis.writeGate) && !redis.parts.process.frozen,
    );
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

function tenureIn(object: unknown): Tenure | undefined {
  const status = (object as { readonly status?: { readonly term?: number; readonly targetPrimary?: string } })
    ?.status;
  return status?.term === undefined || status.targetPrimary === undefined
    ? undefined
    : { term: status.term, primary: status.targetPrimary };
}
