import { RedisClient } from '../../redis/client.ts';
import type { Address } from '../decide.ts';
import type { Upstream, UpstreamAnswer } from '../ports.ts';
import { forkIn, numberIn, parseInfo } from './info.ts';

/** Asks the redis-server we follow, over one connection that is kept while we follow it. */
export class NetworkUpstream implements Upstream {
  readonly #passwords: () => Promise<readonly string[]>;
  #held: { readonly address: Address; readonly client: RedisClient } | undefined;

  /** `passwords` are all that are known: it may have been given another one than we, or not yet the one that we have. */
  constructor(passwords: () => Promise<readonly string[]>) {
    this.#passwords = passwords;
  }

  async ask(address: Address, signal: AbortSignal): Promise<UpstreamAnswer> {
    const text = await this.#clientOf(address).send(['INFO', 'replication'], signal);
    const info = parseInfo(typeof text === 'string' ? text : '');
    const primary = info.get('role') === 'master';
    return {
      primary,
      replicationId: info.get('master_replid') ?? '',
      // Of a replica, what it has carried out.
      offset: numberIn(info, primary ? 'master_repl_offset' : 'slave_repl_offset') ?? 0,
      forkedFrom: forkIn(info),
    };
  }

  /** The password that it has taken from us over the connection that stands; undefined when there is none. */
  passwordFor({ host, port }: Address): string | undefined {
    const { address, client } = this.#held ?? {};
    return address?.host === host && address.port === port ? client?.shown : undefined;
  }

  /** Which of these it takes first, over a connection of its own; undefined when it takes none, or does not answer. */
  async tryOut(
    { host, port }: Address,
    passwords: readonly string[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const client = new RedisClient({ kind: 'tcp', host, port }, () => Promise.resolve(passwords));
    try {
      await client.send(['PING'], signal);
      return client.shown;
    } catch {
      return undefined;
    } finally {
      client.close();
    }
  }

  close(): void {
    this.#held?.client.close();
    this.#held = undefined;
  }

  #clientOf(address: Address): RedisClient {
    const { host, port } = address;
    if (this.#held?.address.host === host && this.#held.address.port === port) return this.#held.client;
    this.close();
    const client = new RedisClient({ kind: 'tcp', host, port }, this.#passwords);
    this.#held = { address, client };
    return client;
  }
}
