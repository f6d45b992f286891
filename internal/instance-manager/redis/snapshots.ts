import { OperatorError } from '../../errors.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Clock } from '../../time/clock.ts';
import { milliseconds } from '../../time/units.ts';
import type { Snapshots } from '../aside-files.ts';
import { type Info, numberIn } from './info.ts';
import type { SocketRedisServer } from './server.ts';

/** Seldom enough to cost nothing, and short against any snapshot that is worth waiting for. */
const askEvery = milliseconds(50);

/** Has our own redis-server write snapshots. */
export class RedisSnapshots implements Snapshots {
  readonly #server: SocketRedisServer;
  readonly #client: RedisClient;
  readonly #clock: Clock;

  constructor(server: SocketRedisServer, client: RedisClient, clock: Clock) {
    this.#server = server;
    this.#client = client;
    this.#clock = clock;
  }

  async snapshot(signal: AbortSignal): Promise<void> {
    const before = savesIn(await this.#server.info('persistence', signal));
    // While an append-only file is rewritten it waits for that.
    await this.#client.sendToSame(['BGSAVE', 'SCHEDULE'], signal);
    for (;;) {
      const now = await this.#server.info('persistence', signal);
      // It is counted when it begins.
      const ended = savesIn(now) > before && now.get('rdb_bgsave_in_progress') === '0';
      if (ended && now.get('rdb_last_bgsave_status') === 'ok') return;
      if (ended)
        throw new OperatorError({ code: 'notSaved' } as const, 'redis-server could not write a snapshot');
      await this.#clock.sleep(askEvery, signal);
    }
  }

  async footprint(
    signal: AbortSignal,
  ): Promise<{ readonly usedMemory: number; readonly keepsSnapshots: boolean }> {
    const [memory, settings] = await Promise.all([
      this.#server.info('memory', signal),
      this.#server.settings(signal),
    ]);
    const keepsSnapshots = settings.get('save') !== '' && settings.get('appendonly') !== 'yes';
    return { usedMemory: numberIn(memory, 'used_memory') ?? 0, keepsSnapshots };
  }
}

const savesIn = (persistence: Info): number => numberIn(persistence, 'rdb_saves') ?? 0;
