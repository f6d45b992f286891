import type { ProcessExit } from '../../control/protocol.ts';
import type { RoleCommand } from '../../instance-manager/commands.ts';
import type { Address, RedisRole } from '../../instance-manager/decide.ts';
import { closedGate, nowhere } from '../../instance-manager/decide.ts';
import type { Fork } from '../../instance-manager/divergence.ts';
import type { Sighting } from '../../instance-manager/ports.ts';
import type { Identity } from '../../instance-manager/report.ts';
import type { Chance } from '../chance.ts';
import { type Network, NoAnswer } from '../network.ts';
import type { SimProcess } from '../process.ts';
import { appendfsync, linkTimeout } from './limits.ts';
import { ReplicationLink } from './link.ts';
import { type Piece, pingBytes, writeBytes } from './piece.ts';
import type { Ending, Persistence, Volume } from './volume.ts';

/** What is outside a redis-server: others by their address, and whoever watches over the story. */
export interface RedisWorld {
  readonly network: Network;
  readonly chance: Chance;
  redisAt(address: Address): SimRedis | undefined;
  readonly witness: RedisWitness;
}

/** Hears of what the safety of the whole rests on, at the moment it happens. */
export interface RedisWitness {
  started(redis: SimRedis): void;
  /** An instance has obeyed a command; `term` is the highest that it had obeyed before. */
  obeyed(instance: Identity, command: RoleCommand, term: number): void;
  /** It is told to follow another, or nobody. */
  turned(redis: SimRedis, follows: Address | undefined): void;
  opened(redis: SimRedis): void;
  wrote(redis: SimRedis, id: number): void;
  emptied(redis: SimRedis, instead: readonly number[]): void;
  ended(redis: SimRedis, ending: Ending): void;
}

export interface RedisParts {
  readonly pod: string;
  readonly podUID: string;
  readonly address: Address;
  readonly pid: number;
  readonly process: SimProcess;
  readonly volume: Volume;
  readonly persistence: Persistence;
  /** What its redis.conf has it begin as. */
  readonly boot: RedisRole;
  readonly world: RedisWorld;
  readonly onLine: (line: string) => void;
}

/** What Redis says of the snapshot that it writes at its end. */
const saidWhileSaving = ['Saving the final RDB snapshot before exiting.', 'DB saved on disk'];

export type WriteAnswer = 'OK' | 'LOADING' | 'READONLY' | 'NOREPLICAS';

/** A redis-server, as far as anybody can tell it from the real one by its replication, its gate and its files. */
export class SimRedis {
  readonly parts: RedisParts;
  follows: Address | undefined;
  writeGate: number;
  listens = true;
  /** Until when writes wait, and those that do. */
  #pausedUntil = 0;
  readonly #postponed = new Set<() => void>();
  loading = true;
  /** Its socket is open. */
  answers = false;
  replicationId: string;
  offset = 0;
  second: { readonly id: string; readonly upTo: number } = { id: '', upTo: -1 };
  /** The numbers of the writes in the data set, in order, and when each came. */
  data: number[] = [];
  dataAt: number[] = [];
  /** The stream that it still has, from the offset `backlogFrom` on. */
  backlog: Piece[] = [];
  backlogFrom = 0;
  /** The link to whom it follows, and those of its own replicas. */
  upstream: ReplicationLink | undefined;
  readonly replicas = new Set<ReplicationLink>();
  /** With whom it has ever been in sync. */
  readonly caughtUpWith = new Set<SimRedis>();
  readonly #waiters = new Set<{ readonly end: number; readonly answer: (count: number) => void }>();
  readonly #clients = new Set<() => void>();
  /** Its parent hears how it ended. */
  onExit: ((exit: ProcessExit) => void) | undefined;
  /** How it ended, until its parent asks. */
  exit: ProcessExit | undefined;
  /** Whoever reads its log. */
  onLine: (line: string) => void;
  #ended = false;

  constructor(parts: RedisParts) {
    this.parts = parts;
    this.onLine = parts.onLine;
    const { process, world, volume } = parts;
    this.replicationId = newHistory(world.chance);
    this.follows = parts.boot.follows;
    this.writeGate = parts.boot.writeGate;
    process.onEnd = () => this.#end('killed');
    world.witness.started(this);
    const { chance } = world;
    process.later(chance.between(5, 40), () => {
      this.answers = true;
      const slow = chance.happens(0.1) ? chance.between(500, 3000) : chance.between(5, 100);
      process.later(volume.files.length === 0 ? 1 : slow, () => this.#loaded());
    });
    process.later(chance.between(100, 1000), () => this.#cron());
  }

  get now(): number {
    return this.parts.process.scheduler.now;
  }

  /** Tells this process from every other. */
  get run(): string {
    return `process ${this.parts.pid}`;
  }

  get alive(): boolean {
    return !this.#ended && this.parts.process.alive;
  }

  get streams(): boolean {
    return this.upstream?.state === 'streaming';
  }

  streamsFrom(upstream: SimRedis): boolean {
    return this.streams && this.upstream?.upstream === upstream;
  }

  get forkedFrom(): Fork | undefined {
    const { id, upTo } = this.second;
    return id === '' ? undefined : { replicationId: id, upTo };
  }

  get hasWaiters(): boolean {
    return this.#waiters.size > 0;
  }

  look(): Sighting {
    return {
      loading: this.loading,
      redis: {
        follows: this.follows,
        writeGate: this.writeGate,
        listens: this.listens,
        linkUp: this.streams,
        syncInProgress: this.upstream?.state === 'transfer' || this.upstream?.state === 'loading',
        replicationId: this.replicationId,
        offset: this.offset,
        forkedFrom: this.forkedFrom,
        connectedReplicas: this.replicas.size,
        keys: this.loading ? 0 : this.data.length,
        writesRefused: undefined,
      },
    };
  }

  /** REPLICAOF. What was on its way through the old link is lost; the history stays. */
  follow(address: Address): void {
    if (this.follows?.host === address.host && this.follows.port === address.port) return;
    this.#leave();
    this.follows = address;
    this.parts.world.witness.turned(this, address);
    for (const waiter of this.#waiters) waiter.answer(0);
    this.#waiters.clear();
    this.onLine(`Connecting to MASTER ${address.host}:${address.port}`);
    this.#connect();
  }

  /** REPLICAOF NO ONE. A new history begins, and the old one is remembered up to here. */
  promote(): void {
    if (this.follows === undefined) return;
    this.#leave();
    this.follows = undefined;
    this.parts.world.witness.turned(this, undefined);
    this.second = { id: this.replicationId, upTo: this.offset };
    this.replicationId = newHistory(this.parts.world.chance);
    for (const link of [...this.replicas]) link.end('upstream');
    this.onLine('MASTER MODE enabled');
    if (this.writeGate < closedGate) this.parts.world.witness.opened(this);
  }

  setWriteGate(minReplicas: number): void {
    const opens = this.writeGate >= closedGate && minReplicas < closedGate;
    this.writeGate = minReplicas;
    if (opens && this.follows === undefined) this.parts.world.witness.opened(this);
  }

  /** As Redis does: a closed gate is told before a pause is looked at. */
  write(id: number): WriteAnswer | Promise<WriteAnswer> {
    if (this.loading) return 'LOADING';
    if (this.follows !== undefined) return 'READONLY';
    if (this.#goodReplicas() < this.writeGate) return 'NOREPLICAS';
    if (this.now < this.#pausedUntil) return this.#postpone(id);
    this.take({ end: this.offset + writeBytes, id, at: this.now });
    this.parts.world.witness.wrote(this, id);
    return 'OK';
  }

  /** CLIENT PAUSE: writes wait, each with the connection that it came over. */
  pauseWrites(limit: number): void {
    this.#pausedUntil = this.now + limit;
    this.parts.process.later(limit, () => this.#unpause());
  }

  /** CLIENT UNPAUSE. */
  resumeWrites(): void {
    this.#pausedUntil = 0;
    this.#unpause();
  }

  /** At one stroke, as the commands are sent. */
  release(): void {
    this.setWriteGate(closedGate);
    this.listens = false;
    this.disconnectClients();
    this.resumeWrites();
  }

  #unpause(): void {
    if (this.now < this.#pausedUntil) return;
    for (const go of [...this.#postponed]) go();
  }

  #postpone(id: number): Promise<WriteAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<WriteAnswer>();
    const go = (): void => {
      this.#postponed.delete(go);
      forget();
      resolve(this.write(id));
    };
    const forget = this.onDisconnect(() => {
      this.#postponed.delete(go);
      reject(new NoAnswer('refused'));
    });
    this.#postponed.add(go);
    return promise;
  }

  /** WAIT 1: answers with the count of replicas that have all up to now, at once or as soon as there is one. */
  wait(answer: (count: number) => void): void {
    const end = this.offset;
    const count = [...this.replicas].filter((link) => link.acked >= end).length;
    if (count > 0) {
      answer(count);
      return;
    }
    this.#waiters.add({ end, answer });
    for (const link of this.replicas) link.askForAck();
  }

  acked(): void {
    for (const waiter of this.#waiters) {
      const count = [...this.replicas].filter((link) => link.acked >= waiter.end).length;
      if (count === 0) continue;
      this.#waiters.delete(waiter);
      waiter.answer(count);
    }
  }

  /** Adds to the stream, and to the data set; passes it on. */
  take(piece: Piece): void {
    this.offset = piece.end;
    this.backlog.push(piece);
    if (piece.id > 0) {
      this.data.push(piece.id);
      this.dataAt.push(this.now);
    }
    for (const link of this.replicas) link.pump();
  }

  onDisconnect(close: () => void): () => void {
    this.#clients.add(close);
    return () => this.#clients.delete(close);
  }

  disconnectClients(): void {
    for (const close of [...this.#clients]) close();
    this.#clients.clear();
  }

  /** Ends it, with its files as the way it ends leaves them. */
  stop(ending: Ending): void {
    this.#end(ending);
    this.parts.process.kill();
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.parts.volume.files = this.#filesAfter(ending);
    this.upstream?.end('replica');
    for (const link of [...this.replicas]) link.end('upstream');
    this.disconnectClients();
    this.parts.world.witness.ended(this, ending);
    if (ending === 'in order' && this.parts.persistence === 'rdb' && !this.loading)
      for (const line of saidWhileSaving) this.onLine(line);
    this.exit =
      ending === 'in order' ? { code: 0, signal: undefined } : { code: undefined, signal: 'SIGKILL' };
    this.onExit?.(this.exit);
  }

  #filesAfter(ending: Ending): readonly number[] {
    const { persistence, volume, world } = this.parts;
    if (persistence === 'none') return [];
    if (this.loading) return volume.files;
    if (ending === 'in order') return this.data;
    if (persistence === 'rdb') return volume.files;
    if (ending === 'killed') return this.data;
    const safe = this.now - world.chance.between(0, appendfsync);
    return this.data.filter((_, index) => (this.dataAt[index] ?? 0) <= safe);
  }

  #loaded(): void {
    this.data = [...this.parts.volume.files];
    this.dataAt = this.data.map(() => 0);
    this.parts.volume.used = true;
    this.loading = false;
    this.onLine('Ready to accept connections');
  }

  #leave(): void {
    this.upstream?.end('replica');
    this.upstream = undefined;
  }

  #connect(): void {
    const { follows } = this;
    if (follows === undefined || this.loading || this.upstream !== undefined) return;
    if (follows.host === nowhere.host) return;
    this.upstream = new ReplicationLink(this, follows);
  }

  #goodReplicas(): number {
    return [...this.replicas].filter((link) => link.isGood).length;
  }

  /** Once a second: pings, acknowledgements, reconnecting, and giving up on who is silent. */
  #cron(): void {
    if (this.follows === undefined && this.replicas.size > 0) {
      this.take({ end: this.offset + pingBytes, id: 0, at: this.now });
    }
    for (const link of [...this.replicas]) {
      if (link.state === 'streaming' && this.now - link.ackedAt > linkTimeout) link.end('upstream');
    }
    this.upstream?.check();
    this.#connect();
    this.parts.process.later(1000, () => this.#cron());
  }
}

const newHistory = (chance: Chance): string => chance.below(2 ** 32).toString(16);
