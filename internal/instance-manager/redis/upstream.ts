import { RedisClient } from '../../redis/client.ts';
import type { Address } from '../decide.ts';
import type { Upstream, UpstreamAnswer } from '../ports.ts';
import { forkIn, numberIn, parseInfo } from './info.ts';

/** Asks the redis-server we follow, over one connection that is kept while we follow it. */
export class NetworkUpstream implements Upstream {
  readonly #password: () => Promise<string | undefined>;
  #held: { readonly address: Address; readonly client: RedisClient } | undefined;

  constructor(password: () => Promise<string | undefined>) {
    this.#password = password;
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

  close(): void {
    this.#held?.client.close();
    this.#held = undefined;
  }

  #clientOf(address: Address): RedisClient {
    const { host, port } = address;
    if (this.#held?.address.host === host && this.#held.address.port === port) return this.#held.client;
    this.close();
    const client = new RedisClient({ kind: 'tcp', host, port }, this.#password);
    this.#held = { address, client };
    return client;
  }
}
