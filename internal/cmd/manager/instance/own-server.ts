import type { FactsCell } from '../../../instance-manager/facts.ts';
import { keepShown } from '../../../instance-manager/passwords/keep-shown.ts';
import { OwnPasswords } from '../../../instance-manager/passwords/own-passwords.ts';
import { PasswordsFile } from '../../../instance-manager/passwords/passwords-file.ts';
import { SocketRedisServer } from '../../../instance-manager/redis/server.ts';
import { NetworkUpstream } from '../../../instance-manager/redis/upstream.ts';
import type { Logger } from '../../../log/logger.ts';
import { RedisClient } from '../../../redis/client.ts';
import type { Clock } from '../../../time/clock.ts';
import type { Duration } from '../../../time/units.ts';
import { confPath, type Layout, passwordsPath, socketPath } from './layout.ts';
import type { Look } from './projected.ts';
import type { Spec } from './spec.ts';

export interface OwnServerPlace {
  readonly clock: Clock;
  readonly log: Logger;
  readonly layout: Layout;
  readonly spec: Spec;
  readonly cell: FactsCell;
  /** How long a password is taken after it was replaced. */
  readonly grace: Duration;
}

/** The ways to our own redis-server and to the one that it follows, and the passwords for both. */
export interface OwnServer {
  readonly client: RedisClient;
  readonly redis: SocketRedisServer;
  readonly upstream: NetworkUpstream;
  readonly passwords: OwnPasswords;
  /** Looks at the password's file, until `signal` aborts. */
  looks(signal: AbortSignal): readonly Look[];
}

export async function reachOwnServer(place: OwnServerPlace): Promise<OwnServer> {
  const { clock, log, layout, spec, cell, grace } = place;
  const passwords: OwnPasswords = await OwnPasswords.load({
    clock,
    log,
    grace,
    read: () => spec.password(),
    readLive: (signal) => spec.livePassword(signal),
    store: new PasswordsFile(passwordsPath(layout), confPath(layout)),
    runs: () => ['running', 'loading'].includes(cell.current.process.state),
    give: (all, signal) => redis.takePasswords(all, signal),
    onChanged: () => cell.change({ passwordTakenAt: clock.now() }),
  });
  const toTry = (): Promise<readonly string[]> => passwords.toTry();
  const client = new RedisClient({ kind: 'unix', path: socketPath(layout) }, toTry);
  const upstream = new NetworkUpstream(toTry);
  const redis = new SocketRedisServer(client, layout.redisPort, {
    staleData: () => spec.staleDataWanted,
    passwordFor: (address) => upstream.passwordFor(address),
  });
  const looks = (signal: AbortSignal): readonly Look[] => {
    const lookAtShown = keepShown({ clock, log, known: toTry, upstream, redis }, cell, signal);
    return [() => passwords.look(signal), lookAtShown];
  };
  return { client, redis, upstream, passwords, looks };
}
