import type { Fork } from '../divergence.ts';

/** The fields of INFO by name. Values are text, as the server writes them. */
export type Info = ReadonlyMap<string, string>;

export function parseInfo(text: string): Info {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1).trimEnd());
  }
  return fields;
}

/** A field as a number; undefined when it is missing or is none. */
export function numberIn(info: Info, field: string): number | undefined {
  const text = info.get(field);
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The history that a redis-server was before, up to where both are one; undefined when there was none. */
export function forkIn(replication: Info): Fork | undefined {
  const replicationId = replication.get('master_replid2') ?? '';
  // The first offset that is not shared any more.
  const second = numberIn(replication, 'second_repl_offset') ?? -1;
  return second < 1 || /^0*$/.test(replicationId) ? undefined : { replicationId, upTo: second - 1 };
}

/** The engine that answers. Valkey gives a Redis version too, for old clients. */
export function engineIn(info: Info): { readonly name: 'redis' | 'valkey'; readonly version: string } {
  const valkey = info.get('valkey_version');
  return valkey === undefined
    ? { name: 'redis', version: info.get('redis_version') ?? 'unknown' }
    : { name: 'valkey', version: valkey };
}

/** Keys in all databases: `db0:keys=3,expires=0,…`. */
export function keysIn(info: Info): number {
  let keys = 0;
  for (const [field, value] of info)
    if (field.startsWith('db') && /^db\d+$/.test(field)) keys += Number(/keys=(\d+)/.exec(value)?.[1] ?? 0);
  return keys;
}

/** The fields of one entry such as `calls=3,usec=9`. */
export const entryFields = (value: string): ReadonlyMap<string, string> =>
  new Map(value.split(',').map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']));
