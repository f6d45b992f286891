import { RedisClient } from '../../redis/client.ts';
import type { Address } from '../decide.ts';
import type { Upstream, UpstreamAnswer } from '../ports.ts';
import { numberIn, parseInfo } from './info.ts';

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
    return {
      primary: info.get('role') === 'master',
      replicationId: info.get('master_replid') ?? '',
      offset: numberIn(info, 'master_repl_offset') ?? 0,
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
