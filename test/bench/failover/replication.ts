import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { monotonicMs } from './monotonic.ts';
import { connectionTo, fieldOf, pinned, type Target, withConnection } from './writer.ts';

/** What a server says of its replication. */
export interface Replication {
  readonly id: string;
  /** The history that this one continues; zeros for none. */
  readonly formerId: string;
  readonly upstream: string | undefined;
  readonly linkUp: boolean;
  /** Of the stream it receives, in bytes; 0 when it receives none. */
  readonly offset: number;
  /** How many replicas stream from it. */
  readonly replicas: number;
  /** How many replicas it has given a whole data set, since its process started. */
  readonly fullResyncs: number;
}

/** Resolves to undefined when it does not answer. */
export async function replicationOf(target: Target): Promise<Replication | undefined> {
  let found: Replication | undefined;
  await withConnection(target, pinned, new AbortController().signal, async (client) => {
    found = parse(`${await client.info('replication')}\n${await client.info('stats')}`);
  });
  return found;
}

function parse(info: string): Replication {
  return {
    id: fieldOf(info, 'master_replid') ?? '',
    formerId: fieldOf(info, 'master_replid2') ?? '',
    upstream: fieldOf(info, 'master_host'),
    linkUp: fieldOf(info, 'master_link_status') === 'up',
    offset: Number(fieldOf(info, 'slave_repl_offset') ?? 0),
    replicas: Number(fieldOf(info, 'connected_slaves') ?? 0),
    fullResyncs: Number(fieldOf(info, 'sync_full') ?? 0),
  };
}

export interface Streaming {
  /** When it was seen to receive, on the machine's monotonic clock in milliseconds. */
  readonly at: number;
  /**
   * A replica that goes on from where it was notes the history it continues. One that was given a whole data set has
   * none: that is how the two are told apart, whatever else the primary serves meanwhile.
   */
  readonly resync: 'partial' | 'full';
}

/** A replica with a connection that was made before anything happened to its primary: to make one takes as long as to follow another. */
export interface Watched {
  readonly target: Target;
  readonly client: Redis;
}

export async function watched(target: Target): Promise<Watched> {
  const client = connectionTo(target, pinned);
  await client.connect();
  return { target, client };
}

/**
 * Looks every 2 ms until the replica follows `upstream` and its offset grows: a link that is up may carry nothing yet.
 * `formerId` is the history it had before. Undefined when it does not stream in time.
 */
export async function untilStreaming(
  { target, client }: Watched,
  upstream: string,
  formerId: string,
  limitSeconds: number,
): Promise<Streaming | undefined> {
  const end = AbortSignal.timeout(limitSeconds * 1000);
  let found: Replication | undefined;
  let at = 0;
  const look = async (connection: Redis): Promise<void> => {
    found = await untilGrowing(connection, upstream, end);
    at = monotonicMs();
  };
  await look(client).catch(() => undefined);
  while (found === undefined && !end.aborted) {
    await withConnection(target, pinned, end, look);
    await sleep(2);
  }
  if (found === undefined) return undefined;
  return { at, resync: found.formerId === formerId ? 'partial' : 'full' };
}

async function untilGrowing(
  client: Redis,
  upstream: string,
  end: AbortSignal,
): Promise<Replication | undefined> {
  let from: number | undefined;
  while (!end.aborted) {
    const seen = parse(await client.info('replication'));
    const linked = seen.upstream === upstream && seen.linkUp;
    if (linked && from !== undefined && seen.offset > from) return seen;
    from = linked ? (from ?? seen.offset) : undefined;
    await sleep(2);
  }
  return undefined;
}
