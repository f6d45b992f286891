import { isClosed } from '../instance-manager/decide.ts';
import { recordOf } from '../instance-manager/record.ts';
import { leases, redisClusters } from '../kube/resources.ts';
import { BrokenRule, type Safety } from './safety.ts';
import { statusIn } from './status.ts';
import { clusterKey, type World } from './world.ts';

/** How long after everything is made whole a cluster may take to be whole itself, in milliseconds. */
const patience = 60_000;
const lookEvery = 500;
/** A whole cluster is watched for so long: nothing may be written, and nothing may flap. */
const calm = 2_500;

type Run = (end: number) => Promise<void>;

/** What must come true once nothing goes wrong any more: liveness, and that nothing confirmed is lost. */
export class Healing {
  readonly #world: World;
  readonly #safety: Safety;

  constructor(world: World, safety: Safety) {
    this.#world = world;
    this.#safety = safety;
  }

  /** Undefined when all came true. */
  async watch(run: Run): Promise<BrokenRule | undefined> {
    const { scheduler } = this.#world;
    const end = scheduler.now + patience;
    let restless: BrokenRule | undefined;
    do {
      const missing = await this.#becomesWhole(run, end);
      if (this.#safety.broken !== undefined) return this.#safety.broken;
      if (missing !== undefined) {
        return new BrokenRule('liveness', `${patience / 1000} s after healing ${missing}: ${this.#reason()}`);
      }
      this.#world.tell('the cluster is whole');
      restless = await this.#staysCalm(run);
      // What went wrong may have its end in a time-out of ten seconds yet.
    } while (restless !== undefined && scheduler.now < end && this.#safety.broken === undefined);
    return restless ?? this.#keepsWhatWasConfirmed();
  }

  /** What is missing yet at `end`; undefined once nothing has been missing for a while. */
  async #becomesWhole(run: Run, end: number): Promise<string | undefined> {
    const { scheduler } = this.#world;
    let missing = this.#missing();
    let since = scheduler.now;
    while (scheduler.now < end && this.#safety.broken === undefined) {
      await run(scheduler.now + lookEvery);
      missing = this.#missing();
      if (missing !== undefined) since = scheduler.now;
      if (scheduler.now - since >= settles) break;
    }
    return missing;
  }

  async #staysCalm(run: Run): Promise<BrokenRule | undefined> {
    const { scheduler, server } = this.#world;
    const writes: string[] = [];
    const stop = server.onWrite(({ plural, before, now }) => {
      if (plural === leases.plural) return;
      writes.push(`${plural} ${now?.metadata.name ?? ''}`);
      this.#world.tell(`written: ${changed(before, now)}`);
    });
    await run(scheduler.now + calm);
    stop();
    const missing = this.#missing();
    if (this.#safety.broken !== undefined) return this.#safety.broken;
    if (missing !== undefined)
      return new BrokenRule('liveness', `a whole cluster was whole no longer: ${missing}`);
    // A status that was a moment behind may still be caught up with; a cluster that goes on writing is not idle.
    return writes.length <= 2
      ? undefined
      : new BrokenRule('I10', `an idle cluster wrote ${writes.join(', ')}`);
  }

  /** Without replicas that writes wait for, only whoever is left whole can be asked for what it knows. */
  #keepsWhatWasConfirmed(): BrokenRule | undefined {
    const { victims, minSyncReplicas } = this.#world.plan;
    if (victims === 'anybody' && minSyncReplicas === 0) return undefined;
    const primary = this.#primary();
    const held = new Set(primary?.data);
    const missing = [...this.#world.ledgers.confirmed].filter(
      (id) => !held.has(id) && !this.#safety.beyondReach.has(id),
    );
    if (missing.length === 0) return undefined;
    return new BrokenRule(
      'I3',
      `${missing.length} writes that WAIT had confirmed are lost, ${missing[0]} first`,
    );
  }

  #primary() {
    return this.#world.redises.find((redis) => redis.follows === undefined && !isClosed(redis.writeGate));
  }

  /** Why nobody takes writes, in the operator's own words. */
  #reason(): string {
    const { conditions = [] } = statusIn(this.#world.server.get(redisClusters, clusterKey));
    return conditions.find(({ type }) => type === 'PrimaryAvailable')?.message ?? 'no reason is given';
  }

  /** What keeps the cluster from being whole; undefined when nothing does. */
  #missing(): string | undefined {
    const world = this.#world;
    const primary = this.#primary();
    const stored = world.server.get(redisClusters, clusterKey);
    const status = statusIn(stored);
    if (primary === undefined) return 'nobody takes writes';
    if (status.targetPrimary !== primary.parts.pod) return `status names ${status.targetPrimary}`;
    if (status.currentPrimary !== primary.parts.pod) return 'the primary is not confirmed';
    const late = world.kubelets.instances.find(
      ({ parts }) => recordOf(parts.volume.record).term !== status.term,
    );
    if (late !== undefined) return `${late.pod} is not in term ${String(status.term)}`;
    if (status.phase !== 'Healthy') return `the phase is ${status.phase}`;
    if (world.routing.target !== primary.parts.address.host) return 'clients are led elsewhere';
    const replicas = world.redises.filter((redis) => redis !== primary);
    if (replicas.length !== wantedIn(stored) - 1) return `there are ${replicas.length} replicas`;
    const behind = replicas.find((replica) => !replica.streams || primary.offset - replica.offset > 2_000);
    if (behind !== undefined) return `${behind.parts.pod} does not stream`;
    return world.scheduler.now - world.ledgers.lastAt > 2_000 ? 'no client is answered OK' : undefined;
  }
}

/** So long must it be whole before it is called so, in milliseconds. */
const settles = 1_000;

const wantedIn = (cluster: unknown): number =>
  (cluster as { readonly spec?: { readonly instances?: number } } | undefined)?.spec?.instances ?? 0;

/** The fields of spec and status that differ, as they are now. */
function changed(before: unknown, now: unknown): string {
  const [then, next] = [before, now].map((object): object => statusIn(object));
  const fields = Object.entries(next ?? {}).filter(
    ([key, value]) =>
      JSON.stringify(value) !== JSON.stringify((then as Readonly<Record<string, unknown>>)[key]),
  );
  return JSON.stringify(Object.fromEntries(fields));
}
