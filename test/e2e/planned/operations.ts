import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { mergeInto } from '../api.ts';
import type { TestCluster } from '../cluster.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { memberOf, serverPid, signalAll } from '../members.ts';
import { eventually } from '../wait.ts';

export const scaleTo = (cluster: TestCluster, replicas: number): Promise<string> =>
  kubectl('scale', 'redisclusters.redis.io', cluster.name, '-n', cluster.namespace, `--replicas=${replicas}`);

/** The UID of each pod, by name. */
export async function uidsOf(cluster: TestCluster): Promise<Readonly<Record<string, string>>> {
  const pods = await cluster.pods();
  return Object.fromEntries(pods.map(({ metadata }) => [metadata.name, metadata.uid]));
}

export async function conditionOf(cluster: TestCluster, type: string) {
  const { conditions = [] } = await cluster.status();
  return conditions.find((condition) => condition.type === type);
}

/** Resolves to the message of a condition once it is so, for such a reason. */
export const conditionIs = (
  cluster: TestCluster,
  [type, status, reason]: readonly [type: string, status: string, reason: string],
  seconds: number,
): Promise<string> =>
  eventually(
    `${type} is ${status}: ${reason}`,
    async () => {
      const condition = await conditionOf(cluster, type);
      if (condition?.status !== status || condition.reason !== reason)
        throw new Error(JSON.stringify(condition));
      return condition.message;
    },
    seconds,
  );

/** Resolves once none of the pods of before is there any more, and all are whole. */
export async function allMadeAnew(
  cluster: TestCluster,
  before: Readonly<Record<string, string>>,
  seconds: number,
): Promise<void> {
  await eventually(
    'every pod is another',
    async () => {
      const now = await uidsOf(cluster);
      const same = Object.keys(before).filter(
        (name) => now[name] === undefined || now[name] === before[name],
      );
      if (same.length > 0) throw new Error(`${same}: ${JSON.stringify(await cluster.status())}`);
      return true;
    },
    seconds,
  );
  await cluster.healthy(90);
}

interface Watched {
  /** The fewest pods that were there and not about to go in any sample. */
  readonly fewestStaying: number;
  /** The fewest instances that were ready in any sample. */
  readonly fewestReady: number;
  /** Samples in which nobody was behind the replica Service. */
  readonly emptyReplicas: number;
  readonly samples: number;
}

/** Looks at the cluster again and again while `use` runs, which may ask where its pods are. */
export async function watching(
  cluster: TestCluster,
  use: (addresses: () => readonly string[]) => Promise<void>,
): Promise<Watched> {
  const { POSITIVE_INFINITY } = Number;
  const seen = {
    fewestStaying: POSITIVE_INFINITY,
    fewestReady: POSITIVE_INFINITY,
    emptyReplicas: 0,
    samples: 0,
  };
  const ended = { yes: false };
  let { addresses } = await seenNow(cluster);
  const look = async (): Promise<void> => {
    while (!ended.yes) {
      const { staying, ready, replicas, ...now } = await seenNow(cluster);
      addresses = now.addresses;
      seen.fewestStaying = Math.min(seen.fewestStaying, staying);
      seen.fewestReady = Math.min(seen.fewestReady, ready);
      seen.emptyReplicas += Number(replicas === 0);
      seen.samples += 1;
      await sleep(200);
    }
  };
  const looking = look();
  try {
    await use(() => addresses);
  } finally {
    ended.yes = true;
    await looking;
  }
  return seen;
}

interface SeenPods {
  readonly items: readonly {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly status?: {
      readonly podIP?: string;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  }[];
}

interface SeenSlices {
  readonly items: readonly {
    readonly endpoints?: readonly { readonly conditions: { readonly ready: boolean } }[];
  }[];
}

interface SeenNow {
  /** How many pods nobody has deleted. */
  readonly staying: number;
  /** How many pods are ready. */
  readonly ready: number;
  /** How many are behind the replica Service. */
  readonly replicas: number;
  readonly addresses: readonly string[];
}

async function seenNow({ namespace, name }: TestCluster): Promise<SeenNow> {
  const [pods, slices] = await Promise.all([
    getJson<SeenPods>('pods', '-n', namespace, '-l', `redis.io/cluster=${name}`),
    getJson<SeenSlices>(
      'endpointslices',
      '-n',
      namespace,
      '-l',
      `kubernetes.io/service-name=${name}-replica`,
    ),
  ]);
  const isReady = ({ status }: SeenPods['items'][number]): boolean =>
    status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  const endpoints = slices.items.flatMap((slice) => slice.endpoints ?? []);
  return {
    staying: pods.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length,
    ready: pods.items.filter(isReady).length,
    addresses: pods.items.flatMap(({ status }) => status?.podIP ?? []),
    replicas: endpoints.filter(({ conditions }) => conditions.ready).length,
  };
}

/** Ends the primary's Redis, and resolves once a primary of a later term is confirmed. */
export async function killPrimary(cluster: TestCluster, seconds: number): Promise<void> {
  const { term = 0 } = await cluster.status();
  signalAll([serverPid(await memberOf(cluster))], 'SIGKILL');
  await cluster.primaryAfter(term, seconds);
}

/** Sends a signal to redis-server in a pod. */
export async function signalRedis(
  cluster: TestCluster,
  name: string,
  signal: 'SIGSTOP' | 'SIGCONT',
): Promise<void> {
  signalAll([serverPid(await memberOf(cluster, name))], signal);
}

/** Resolves once people were told of so many, and rejects where they were told of more. An event comes a moment after what it tells. */
export async function happened(cluster: TestCluster, reason: string, times = 1): Promise<void> {
  const told = await eventually(
    `${reason} is told ${times} times`,
    async () => {
      const count = await eventsOf(cluster, reason);
      return count >= times ? count : undefined;
    },
    10,
  );
  assert.equal(told, times, reason);
}

/** How often an event of this reason was told about a cluster. */
export async function eventsOf({ namespace, name }: TestCluster, reason: string): Promise<number> {
  const selector = `involvedObject.name=${name},reason=${reason}`;
  const list = await getJson<{ items: readonly { count?: number }[] }>(
    'events',
    '-n',
    namespace,
    '--field-selector',
    selector,
  );
  return list.items.reduce((sum, { count = 1 }) => sum + count, 0);
}

/** What a driver says when it has grown the volume of an instance, in MiB: that of the test cluster cannot. */
export function makeLarger(
  { namespace, name }: TestCluster,
  ordinal: number,
  mebibytes: number,
): Promise<void> {
  const grown = { status: { capacity: { storage: `${mebibytes}Mi` } } };
  const claim = `${name}-data-${ordinal}`;
  return mergeInto(['pvc', claim, '-n', namespace], grown, 'status');
}

/** A slow log of every command: what a redis-server was told is read from it. */
export const logEverything = { 'slowlog-log-slower-than': '0', 'slowlog-max-len': '100000' };

/**
 * What each redis-server was sent with CONFIG SET since it was started, by pod, where it logs everything. Not the gate:
 * it is closed when a lease runs out, as it may where processors are short, and opened with the next.
 */
export const settingsSent = (cluster: TestCluster): Promise<ReadonlyMap<string, readonly string[]>> =>
  cluster.onEach(async (client) => {
    const entries = (await client.slowlog('GET', -1)) as readonly SlowLogEntry[];
    return entries
      .map(([_id, _at, _took, words]) => words)
      .filter(([command, verb]) => `${command} ${verb}`.toUpperCase() === 'CONFIG SET')
      .map(([_command, _verb, ...settings]) => settings.join(' '))
      .filter((settings) => !settings.startsWith('min-replicas-to-write '));
  });

type SlowLogEntry = readonly [id: number, at: number, took: number, words: readonly string[]];
