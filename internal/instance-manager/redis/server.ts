import type { RedisClient } from '../../redis/client.ts';
import { type Address, isAt, nowhere } from '../decide.ts';
import type { RedisFacts } from '../facts.ts';
import type { RedisServer, ShutdownMode, Sighting } from '../ports.ts';
import { staleData } from './config.ts';
import { engineIn, type Info, keysIn, numberIn, parseInfo } from './info.ts';

/**
 * Our own redis-server, reached over its unix socket. Only `look` makes connections; what changes a role goes over the
 * one it used, so that it never reaches a process that was started after the look.
 */
export class SocketRedisServer implements RedisServer {
  readonly #client: RedisClient;
  readonly #staleData: () => string;

  /** `staleData` is what replica-serve-stale-data shall be while somebody is followed. */
  constructor(client: RedisClient, staleData: () => string) {
    this.#client = client;
    this.#staleData = staleData;
  }

  async look(signal: AbortSignal): Promise<Sighting> {
    const [replication, keyspace, persistence, settings] = await Promise.all([
      this.info('replication', signal),
      this.info('keyspace', signal),
      this.info('persistence', signal),
      this.#settings(['min-replicas-to-write', 'stop-writes-on-bgsave-error', 'save'], signal),
    ]);
    const loading = persistence.get('loading') === '1';
    const writeGate = Number(settings.get('min-replicas-to-write') ?? 0);
    const writesRefused = whyWritesRefused(persistence, settings);
    return { loading, redis: { ...factsIn(replication, keyspace), writeGate, writesRefused } };
  }

  async engine(signal: AbortSignal): Promise<{ readonly name: string; readonly version: string }> {
    return engineIn(await this.info('server', signal));
  }

  async follow(address: Address, signal: AbortSignal): Promise<void> {
    const serves = isAt(address, nowhere) ? 'yes' : this.#staleData();
    // Sent together, so that no replica of ours finds the one without the other.
    await Promise.all([
      this.#client.sendToSame(['CONFIG', 'SET', staleData, serves], signal),
      this.#client.sendToSame(['REPLICAOF', address.host, String(address.port)], signal),
    ]);
  }

  async promote(signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(['REPLICAOF', 'NO', 'ONE'], signal);
  }

  async setWriteGate(minReplicas: number, signal: AbortSignal): Promise<void> {
    const words = ['CONFIG', 'SET', 'min-replicas-to-write', String(minReplicas)];
    await this.#client.sendToSame(words, signal);
  }

  async disconnectClients(signal: AbortSignal): Promise<void> {
    await this.#client.sendToSame(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'], signal);
  }

  async shutdown(mode: ShutdownMode, signal: AbortSignal): Promise<void> {
    const words = mode === 'AS CONFIGURED' ? ['SHUTDOWN'] : ['SHUTDOWN', 'NOSAVE', 'NOW', 'FORCE'];
    await this.#client.send(words, signal);
  }

  /** One section of INFO, or everything. */
  async info(section: string, signal: AbortSignal): Promise<Info> {
    const text = await this.#client.send(['INFO', section], signal);
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

/** As Redis itself decides: a snapshot that failed counts only where snapshots are wanted and writes shall stop for it. */
function whyWritesRefused(persistence: Info, settings: ReadonlyMap<string, string>): string | undefined {
  const stops = settings.get('stop-writes-on-bgsave-error') === 'yes' && settings.get('save') !== '';
  if (stops && persistence.get('rdb_last_bgsave_status') === 'err') return 'rdb_last_bgsave_status:err';
  const appends = persistence.get('aof_enabled') === '1';
  return appends && persistence.get('aof_last_write_status') === 'err'
    ? 'aof_last_write_status:err'
    : undefined;
}

function factsIn(replication: Info, keyspace: Info): Omit<RedisFacts, 'writeGate' | 'writesRefused'> {
  const follows = followed(replication);
  const own = follows === undefined ? 'master_repl_offset' : 'slave_repl_offset';
  return {
    follows,
    linkUp: replication.get('master_link_status') === 'up',
    syncInProgress: replication.get('master_sync_in_progress') === '1',
    replicationId: replication.get('master_replid') ?? '',
    offset: numberIn(replication, own) ?? 0,
    connectedReplicas: numberIn(replication, 'connected_slaves') ?? 0,
    keys: keysIn(keyspace),
  };
}

function followed(replication: Info): Address | undefined {
  if (replication.get('role') !== 'slave') return undefined;
  return { host: replication.get('master_host') ?? '', port: numberIn(replication, 'master_port') ?? 0 };
}
