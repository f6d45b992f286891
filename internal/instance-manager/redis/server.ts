import { OperatorError } from '../../errors.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Duration } from '../../time/units.ts';
import type { KeptData } from '../data-files/keep.ts';
import { type Address, closedGate, isAt, nowhere } from '../decide.ts';
import type { RedisFacts } from '../facts.ts';
import type { RedisServer, ShutdownMode, Sighting } from '../ports.ts';
import { staleData } from './config.ts';
import { engineIn, forkIn, type Info, keysIn, numberIn, parseInfo } from './info.ts';
import { savingTakes } from './saving.ts';
import { streamSettings, streamsIn } from './streams.ts';

/** What is asked for anew each time that somebody is to be followed. */
export interface Wishes {
  /** What replica-serve-stale-data shall be while somebody is followed. */
  staleData(): string;
  /** What the one that is to be followed has taken from us a moment ago; undefined when that is not known. */
  passwordFor(address: Address): string | undefined;
}

/**
 * Our own redis-server, reached over its unix socket. Only `look` makes connections; what changes a role goes over the
 * one it used, so that it never reaches a process that was started after the look.
 */
export class SocketRedisServer implements RedisServer {
  readonly #client: RedisClient;
  readonly #wishes: Wishes;
  #follows: Address = nowhere;
  #shown: string | undefined;
  /** The seconds between its PINGs to replicas, when it was last seen to send any. */
  #pingEvery: string | undefined;
  readonly #port: number;

  /** `port` is where clients find it. */
  constructor(client: RedisClient, port: number, wishes: Wishes) {
    this.#client = client;
    this.#port = port;
    this.#wishes = wishes;
  }

  async look(signal: AbortSignal): Promise<Sighting> {
    const [info, settings] = await Promise.all([
      this.info('replication keyspace persistence', signal),
      this.#settings(lookedAt, signal),
    ]);
    const loading = info.get('loading') === '1';
    const pingEvery = settings.get(pingPeriod);
    if (pingEvery !== silent) this.#pingEvery = pingEvery;
    const writeGate = Number(settings.get('min-replicas-to-write') ?? 0);
    const writesRefused = whyWritesRefused(info, settings);
    const rewriteFailed = info.get('aof_last_bgrewrite_status') === 'err';
    const listens = settings.get('port') !== '0';
    const facts = { ...factsIn(info), writeGate, listens, writesRefused, rewriteFailed };
    const streams = facts.follows === undefined ? streamsIn(info, settings) : undefined;
    return { loading, redis: { ...facts, streams } };
  }

  async engine(signal: AbortSignal): Promise<{ readonly name: string; readonly version: string }> {
    return engineIn(await this.info('server', signal));
  }

  async offset(signal: AbortSignal): Promise<number> {
    const offset = numberIn(await this.info('replication', signal), 'master_repl_offset');
    if (offset === undefined) throw new OperatorError({ code: 'refused' }, 'INFO tells no offset');
    return offset;
  }

  async follow(address: Address, signal: AbortSignal): Promise<void> {
    const serves = isAt(address, nowhere) ? 'yes' : this.#wishes.staleData();
    const password = this.#wishes.passwordFor(address);
    this.#follows = address;
    this.#shown = password;
    const shown = password === undefined ? [] : ['masterauth', password];
    // Sent together, so that no replica of ours finds the one without the other.
    await Promise.all([
      this.#client.sendToSame(['CONFIG', 'SET', staleData, serves, ...shown], signal),
      this.#client.sendToSame(['REPLICAOF', address.host, String(address.port)], signal),
    ]);
  }

  async promote(signal: AbortSignal): Promise<void> {
    this.#follows = nowhere;
    await this.#client.sendToSame(['REPLICAOF', 'NO', 'ONE'], signal);
  }

  /** Sets directives, all of them or none; rejects with Redis's words when it refuses. */
  async set(settings: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(['CONFIG', 'SET', ...[...settings].flat()], signal);
  }

  /** Brings replica-serve-stale-data to what it shall be, if somebody is followed: it is `yes` otherwise. */
  async setStaleData(running: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
    const wanted = this.#wishes.staleData();
    // Sent before anything else can be: what follows nobody a moment later sets it back.
    if (!isAt(this.#follows, nowhere) && running.get(staleData) !== wanted)
      await this.set(new Map([[staleData, wanted]]), signal);
  }

  /** The password that it shows to the one it follows; undefined when that is not known. */
  get shown(): string | undefined {
    return this.#shown;
  }

  /** From the next time on that it connects to the one it follows. */
  async show(password: string, signal: AbortSignal): Promise<void> {
    await this.set(new Map([['masterauth', password]]), signal);
    this.#shown = password;
  }

  /** Takes these from whoever connects from now on, and no others; who is connected stays so. The first is the newest. */
  async takePasswords(passwords: readonly string[], signal: AbortSignal): Promise<void> {
    const [newest = ''] = passwords;
    const all = passwords.map((password) => `>${password}`);
    // Setting requirepass makes it the only one, and is only there to be read: it comes last, or not yet.
    const words = passwords.length === 1 ? [['CONFIG', 'SET', 'requirepass', newest]] : [];
    const commands = [['ACL', 'SETUSER', 'default', 'resetpass', ...all], ...words];
    try {
      await Promise.all(commands.map((command) => this.#client.send(command, signal)));
    } catch (failure) {
      if (!(failure instanceof OperatorError) || failure.details.code !== 'refused') throw failure;
      // Redis repeats what it refuses.
      throw new OperatorError(failure.details, 'ACL SETUSER was refused');
    }
  }

  async setWriteGate(minReplicas: number, signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(gate(minReplicas), signal);
  }

  async disconnectClients(signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(killClients, signal);
  }

  async pauseWrites(limit: Duration, signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(['CLIENT', 'PAUSE', String(limit), 'WRITE'], signal);
  }

  async resumeWrites(signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(['CLIENT', 'UNPAUSE'], signal);
  }

  async release(signal: AbortSignal): Promise<void> {
    // Sent together: Redis answers a write that comes while the gate is closed with an error, paused or not.
    const stroke = [noPings, gate(closedGate), noPort, killClients, ['CLIENT', 'UNPAUSE']];
    await Promise.all(stroke.map((words) => this.#client.sendToSame(words, signal)));
  }

  async listen(signal: AbortSignal): Promise<void> {
    const pings = this.#pingEvery === undefined ? [] : [[pingPeriod, this.#pingEvery] as const];
    await this.set(new Map([...pings, ['port', String(this.#port)]]), signal);
  }

  async shutdown(mode: ShutdownMode, signal: AbortSignal): Promise<void> {
    // Sent together: a PING that no replica gets any more would be something that only this one has.
    const last = [noPings, ['SHUTDOWN', ...shutdownWords[mode]]];
    await Promise.all(last.map((words) => this.#client.send(words, signal)));
  }

  async keptData(signal: AbortSignal): Promise<KeptData> {
    const [persistence, settings] = await Promise.all([
      this.info('persistence', signal),
      this.#settings(['appendonly'], signal),
    ]);
    return {
      appendOnly: settings.get('appendonly') === 'yes',
      saving: persistence.get('rdb_bgsave_in_progress') === '1',
      saved: persistence.get('rdb_last_bgsave_status') === 'ok',
    };
  }

  async setAppendOnly(value: 'yes' | 'no', signal: AbortSignal): Promise<void> {
    await this.set(new Map([['appendonly', value]]), signal);
  }

  /** Buffers of replicas and of the append-only file are held too, and do not count. */
  async dataBytes(signal: AbortSignal): Promise<bigint | undefined> {
    const info = await this.info('memory', signal);
    const used = numberIn(info, 'used_memory');
    return used === undefined
      ? undefined
      : BigInt(Math.max(0, used - (numberIn(info, 'mem_not_counted_for_evict') ?? 0)));
  }

  async save(signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(['BGSAVE'], signal);
  }

  async savingTakes(signal: AbortSignal): Promise<Duration> {
    return savingTakes(await this.info('everything', signal));
  }

  /** Sections of INFO, or `everything`: one question for several costs less than half. */
  async info(sections: string, signal: AbortSignal): Promise<Info> {
    const text = await this.#client.send(['INFO', ...sections.split(' ')], signal);
    return parseInfo(typeof text === 'string' ? text : '');
  }

  /** The running values of the directives that the server knows, by name. */
  async settings(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return await this.#settings(['*'], signal);
  }

  async #settings(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const reply = await this.#client.send(['CONFIG', 'GET', ...names], signal);
    const words = Array.isArray(reply) ? reply.map(String) : [];
    return new Map(
      words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [])),
    );
  }
}

const shutdownWords: Readonly<Record<ShutdownMode, readonly string[]>> = {
  'AS CONFIGURED': [],
  SAVING: ['SAVE'],
  FORCED: ['NOSAVE', 'NOW', 'FORCE'],
};

const pingPeriod = 'repl-ping-replica-period';
/** More seconds than a server runs. */
const silent = '2147483647';

/** The directives that each look asks for. */
const lookedAt = [
  'min-replicas-to-write',
  'port',
  pingPeriod,
  'stop-writes-on-bgsave-error',
  'save',
  ...streamSettings,
];

const gate = (minReplicas: number) => ['CONFIG', 'SET', 'min-replicas-to-write', String(minReplicas)];
const noPort = ['CONFIG', 'SET', 'port', '0'] as const;
const noPings = ['CONFIG', 'SET', pingPeriod, silent] as const;
const killClients = ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'] as const;

/** As Redis itself decides: a snapshot that failed counts only where snapshots are wanted and writes shall stop for it. */
function whyWritesRefused(persistence: Info, settings: ReadonlyMap<string, string>): string | undefined {
  const stops = settings.get('stop-writes-on-bgsave-error') === 'yes' && settings.get('save') !== '';
  if (stops && persistence.get('rdb_last_bgsave_status') === 'err') return 'rdb_last_bgsave_status:err';
  const appends = persistence.get('aof_enabled') === '1';
  return appends && persistence.get('aof_last_write_status') === 'err'
    ? 'aof_last_write_status:err'
    : undefined;
}

function factsIn(info: Info): Omit<RedisFacts, 'writeGate' | 'listens' | 'writesRefused' | 'rewriteFailed'> {
  const follows = followed(info);
  const own = follows === undefined ? 'master_repl_offset' : 'slave_repl_offset';
  return {
    follows,
    linkUp: info.get('master_link_status') === 'up',
    syncInProgress: info.get('master_sync_in_progress') === '1',
    replicationId: info.get('master_replid') ?? '',
    offset: numberIn(info, own) ?? 0,
    forkedFrom: forkIn(info),
    connectedReplicas: numberIn(info, 'connected_slaves') ?? 0,
    keys: keysIn(info),
  };
}

function followed(replication: Info): Address | undefined {
  if (replication.get('role') !== 'slave') return undefined;
  return { host: replication.get('master_host') ?? '', port: numberIn(replication, 'master_port') ?? 0 };
}
