import type { ProcessExit } from '../../control/protocol.ts';
import { OperatorError } from '../../errors.ts';
import type {
  RedisProcesses,
  RedisServer,
  RunningProcess,
  Upstream,
  UpstreamAnswer,
} from '../../instance-manager/ports.ts';
import type { RedisError } from '../../redis/connection.ts';
import { type Endpoint, NoAnswer } from '../network.ts';
import type { SimProcess } from '../process.ts';
import type { RedisWorld, SimRedis } from './server.ts';

const failed = (code: 'unreachable' | 'timeout' | 'refused', message: string): RedisError =>
  new OperatorError({ code, reply: undefined } as const, message);

/** An instance manager's own redis-server, over its socket. */
export class SimRedisServer implements RedisServer {
  readonly #manager: SimProcess;
  readonly #world: RedisWorld;
  readonly #current: () => SimRedis | undefined;
  /** The one that was looked at last: orders go to it, and never to one that has taken its place. */
  #standing: SimRedis | undefined;

  constructor(manager: SimProcess, world: RedisWorld, current: () => SimRedis | undefined) {
    this.#manager = manager;
    this.#world = world;
    this.#current = current;
  }

  look: RedisServer['look'] = (signal) => {
    this.#standing = this.#current();
    return this.#ask((redis) => redis.look(), signal);
  };
  engine: RedisServer['engine'] = (signal) => this.#ask(() => ({ name: 'redis', version: '7.2.4' }), signal);
  offset: RedisServer['offset'] = (signal) => this.#ask((redis) => redis.offset, signal);
  follow: RedisServer['follow'] = (address, signal) =>
    this.#ask((redis) => loaded(redis).follow(address), signal);
  promote: RedisServer['promote'] = (signal) => this.#ask((redis) => loaded(redis).promote(), signal);
  setWriteGate: RedisServer['setWriteGate'] = (minReplicas, signal) =>
    this.#ask((redis) => redis.setWriteGate(minReplicas), signal);
  disconnectClients: RedisServer['disconnectClients'] = (signal) =>
    this.#ask((redis) => redis.disconnectClients(), signal);

  pauseWrites: RedisServer['pauseWrites'] = (limit, signal) =>
    this.#ask((redis) => redis.pauseWrites(limit), signal);
  resumeWrites: RedisServer['resumeWrites'] = (signal) => this.#ask((redis) => redis.resumeWrites(), signal);
  release: RedisServer['release'] = (signal) => this.#ask((redis) => redis.release(), signal);
  listen: RedisServer['listen'] = (signal) =>
    this.#ask((redis) => {
      redis.listens = true;
    }, signal);

  /** A primary waits for its replicas, then writes its files; the connection breaks when it ends. */
  async shutdown(...[mode, signal]: Parameters<RedisServer['shutdown']>): Promise<void> {
    this.#standing ??= this.#current();
    const saved = mode === 'FORCED' ? 1 : this.#world.chance.between(5, 150);
    await this.#ask((redis) => {
      redis.parts.process.later(saved, () => redis.stop(mode === 'FORCED' ? 'killed' : 'in order'));
    }, signal);
    throw failed('unreachable', 'the connection ended');
  }

  async #ask<Answer>(serve: (redis: SimRedis) => Answer, signal: AbortSignal): Promise<Answer> {
    const redis = this.#standing;
    if (redis === undefined) throw failed('unreachable', 'there is no connection');
    const endpoint: Endpoint = { node: this.#manager.node, process: () => redis.parts.process };
    try {
      const answering = (): Answer => {
        if (!redis.answers) throw failed('unreachable', 'nobody listens there');
        return serve(redis);
      };
      return await this.#world.network.ask(this.#manager, endpoint, answering, signal);
    } catch (failure) {
      if (!(failure instanceof NoAnswer)) throw failure;
      throw failed(failure.kind === 'silent' ? 'timeout' : 'unreachable', failure.message);
    }
  }
}

function loaded(redis: SimRedis): SimRedis {
  if (redis.loading) throw failed('refused', 'LOADING');
  return redis;
}

/** Asks another pod's redis-server over the network. */
export const simUpstream = (manager: SimProcess, world: RedisWorld): Upstream => ({
  ask: async (address, signal) => {
    const redis = world.redisAt(address);
    const endpoint: Endpoint = {
      node: redis?.parts.process.node ?? manager.node,
      process: () => redis?.parts.process,
    };
    const serve = (): UpstreamAnswer => {
      if (redis?.listens === false) throw failed('unreachable', 'nobody listens there');
      if (redis === undefined || !redis.answers || redis.loading) throw failed('refused', 'LOADING');
      const { follows, replicationId, offset, forkedFrom } = redis;
      return { primary: follows === undefined, replicationId, offset, forkedFrom };
    };
    try {
      return await world.network.ask(manager, endpoint, serve, signal);
    } catch (failure) {
      if (!(failure instanceof NoAnswer)) throw failure;
      throw failed(failure.kind === 'silent' ? 'timeout' : 'unreachable', failure.message);
    }
  },
});

/** Starts redis-servers for one manager; `make` puts one on its volume. */
export const simProcesses = (
  manager: SimProcess,
  make: (onLine: (line: string) => void) => SimRedis,
  left: SimRedis | undefined,
): Pick<RedisProcesses, 'start' | 'takeOver'> => ({
  takeOver: onceOnly((onLine) => {
    if (left === undefined) return undefined;
    left.onLine = (line) => manager.later(0.05, () => onLine(line));
    return running(manager, left);
  }),
  start: async (onLine, signal) => {
    const started = Promise.withResolvers<RunningProcess>();
    if (signal.aborted) throw new OperatorError({ code: 'stopping' } as const, 'told to stop');
    manager.later(5, () => started.resolve(running(manager, make(onLine))));
    return await started.promise;
  },
});

type TakesOver = NonNullable<RedisProcesses['takeOver']>;

function onceOnly(take: TakesOver): TakesOver {
  let taken = false;
  return (onLine) => {
    if (taken) return undefined;
    taken = true;
    return take(onLine);
  };
}

function running(manager: SimProcess, redis: SimRedis): RunningProcess {
  const exited = Promise.withResolvers<ProcessExit>();
  const silent = Promise.withResolvers<void>();
  redis.onExit = (exit) =>
    manager.later(1, () => {
      exited.resolve(exit);
      silent.resolve();
    });
  // It has ended while nobody was there to be told.
  if (redis.exit !== undefined) redis.onExit(redis.exit);
  return {
    pid: redis.parts.pid,
    run: redis.run,
    exited: exited.promise,
    silent: silent.promise,
    // A signal reaches a process that is stopped only when it goes on, unless it is the one that nobody can refuse.
    signal: (name) => {
      if (name === 'SIGKILL') redis.stop('killed');
      else redis.parts.process.later(1, () => redis.stop('in order'));
    },
  };
}
