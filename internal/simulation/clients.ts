import { Label, leaderService } from '../../api/v1/names.ts';
import { pods, services } from '../kube/resources.ts';
import { type Duration, milliseconds } from '../time/units.ts';
import type { Chance } from './chance.ts';
import type { ApiServer } from './kube/api-server.ts';
import { isSelected } from './kube/objects.ts';
import { type Endpoint, type Network, NoAnswer } from './network.ts';
import type { SimProcess } from './process.ts';
import type { SimRedis } from './redis/server.ts';

/** What clients were told: ledger A holds what was answered OK, ledger W what WAIT 1 confirmed as well. */
export interface Ledgers {
  readonly acknowledged: Set<number>;
  readonly confirmed: Set<number>;
  /** When a client was last answered OK, milliseconds. */
  lastAt: number;
}

/** The leader Service as the nodes' proxies know it: a moment after the API server does. */
export class Routing {
  #target: string | undefined;
  readonly #server: ApiServer;
  readonly #cluster: string;

  constructor(
    server: ApiServer,
    cluster: string,
    chance: Chance,
    after: (wait: number, run: () => void) => void,
  ) {
    this.#server = server;
    this.#cluster = cluster;
    server.onWrite(({ plural }) => {
      if (plural !== services.plural && plural !== pods.plural) return;
      const wait = chance.happens(0.1) ? chance.between(100, 800) : chance.between(5, 50);
      after(wait, () => {
        this.#target = this.#resolve();
      });
    });
  }

  /** The address behind the leader Service; undefined when nobody is ready there. */
  get target(): string | undefined {
    return this.#target;
  }

  #resolve(): string | undefined {
    const service = this.#server.get(services, { namespace: 'default', name: leaderService(this.#cluster) });
    const selector = Object.entries(service?.spec?.selector ?? { [Label.instance]: 'none' });
    const labelSelector = selector.map(([key, value]) => `${key}=${value}`).join(',');
    const { items } = this.#server.list(pods, { namespace: 'default' });
    const ready = items.find(
      (pod) =>
        isSelected(pod, { labelSelector }) &&
        pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    return ready?.status?.podIP;
  }
}

export interface ClientParts {
  readonly process: SimProcess;
  readonly network: Network;
  readonly chance: Chance;
  readonly ledgers: Ledgers;
  /** Where it connects when it has no connection: the leader Service, or always the same pod. */
  address(): string | undefined;
  redisAt(ip: string): SimRedis | undefined;
  nextId(): number;
  /** Whether a write that WAIT is about to confirm is promised to outlive this redis-server. */
  promises(redis: SimRedis, id: number): boolean;
}

/** A client's patience, and its pause after an error. These and what follows are milliseconds of the world. */
const patience = 1_000;
const pause = milliseconds(100);
/** The limit of WAIT; and a client's patience with its answer. */
const waitLimit = 1_000;
const waitPatience = 2_000;

interface Connection {
  readonly redis: SimRedis;
  readonly endpoint: Endpoint;
  open: boolean;
}

/** Writes again and again over one connection, with `thinkFor` between, until the world ends. */
export async function runClient(parts: ClientParts, thinkFor: () => Duration): Promise<void> {
  const { clock } = parts.process;
  let connection: Connection | undefined;
  for (;;) {
    await clock.sleep(thinkFor());
    if (connection?.open !== true) connection = connect(parts);
    if (connection !== undefined && (await writeOnce(connection, parts))) continue;
    connection = undefined;
    await clock.sleep(pause);
  }
}

function connect(parts: ClientParts): Connection | undefined {
  const ip = parts.address();
  const redis = ip === undefined ? undefined : parts.redisAt(ip);
  if (redis?.listens !== true) return undefined;
  const { process } = redis.parts;
  const connection: Connection = {
    redis,
    endpoint: { node: process.node, process: () => process },
    open: true,
  };
  redis.onDisconnect(() => {
    connection.open = false;
  });
  return connection;
}

/** Whether the connection is worth keeping. */
async function writeOnce({ redis, endpoint }: Connection, parts: ClientParts): Promise<boolean> {
  const { process, network, ledgers } = parts;
  const id = parts.nextId();
  try {
    const answer = await network.askWithin(patience, process, endpoint, () => redis.write(id));
    if (answer !== 'OK') return false;
    ledgers.acknowledged.add(id);
    ledgers.lastAt = process.scheduler.now;
    const promised = () => parts.promises(redis, id);
    const count = await network.askWithin(waitPatience, process, endpoint, () => waitAt(redis, promised));
    if (count > 0) ledgers.confirmed.add(id);
    return true;
  } catch (failure) {
    if (failure instanceof NoAnswer) return false;
    throw failure;
  }
}

/** Resolves to how many have confirmed it, or 0 where that promises nothing. */
function waitAt(redis: SimRedis, promised: () => boolean): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const forget = redis.parts.process.later(waitLimit, () => resolve(0));
  redis.wait((count) => {
    forget();
    resolve(promised() ? count : 0);
  });
  return promise;
}
