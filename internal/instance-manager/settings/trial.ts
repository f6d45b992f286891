import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../errors.ts';
import { RedisClient } from '../../redis/client.ts';
import type { Clock } from '../../time/clock.ts';
import { milliseconds, seconds } from '../../time/units.ts';
import type { RunningProcess } from '../ports.ts';
import { findServer } from '../process/find-server.ts';
import { preferForKilling } from '../process/prefer-for-killing.ts';
import { start } from '../process/spawn.ts';
import { type RedisSettings, renderTrialConf } from '../redis/config.ts';
import { failureReason } from '../redis/log.ts';
import { SocketRedisServer } from '../redis/server.ts';
import type { Settings } from './difference.ts';

/** What a server made of a redis.conf. */
export type Trial =
  | { readonly kind: 'runs'; readonly settings: Settings }
  /** It does not start on it; in its own words. */
  | { readonly kind: 'refused'; readonly words: string };

export interface TrialPlace {
  readonly clock: Clock;
  /** Where the server is looked for first, as in PATH. */
  readonly searchPath: string;
  /** On the volume in memory. */
  readonly folder: string;
}

/** An empty server answers within 50 ms; one that takes this long is starved, and says nothing of its settings. */
const answersWithin = seconds(10);
const askEvery = milliseconds(10);
const lastWordsWithin = milliseconds(500);

/**
 * Servers without data or port that are started on settings only to ask what they are: whatever Redis would refuse is
 * refused there, and what such a server says of itself is what the settings mean. One costs 50 ms and 3 MB of memory
 * (measured), once for each change.
 */
export class Trials {
  readonly #place: TrialPlace;
  readonly #pids = new Set<number>();
  #count = 0;

  constructor(place: TrialPlace) {
    this.#place = place;
  }

  /** Their exits are waited for here, and by nobody else. */
  get pids(): ReadonlySet<number> {
    return this.#pids;
  }

  /** Rejects when the server neither starts nor says why. */
  async tryOut(settings: RedisSettings, signal: AbortSignal): Promise<Trial> {
    const { clock, searchPath } = this.#place;
    this.#count += 1;
    const folder = join(this.#place.folder, String(this.#count));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [conf, socket] = [join(folder, 'redis.conf'), join(folder, 'redis.sock')];
    await writeFile(conf, renderTrialConf(settings, { folder, socket }), { mode: 0o600 });
    const words: string[] = [];
    const listener = { clock, onLine: (line: string) => void words.push(line) };
    const child = await start(await findServer(searchPath), [conf], listener);
    this.#pids.add(child.pid);
    try {
      await preferForKilling(child.pid);
      return await hear(child, { socket, clock, words }, clock.deadline(answersWithin, signal));
    } finally {
      child.signal('SIGKILL');
      await Promise.race([child.exited, clock.sleep(lastWordsWithin)]);
      this.#pids.delete(child.pid);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

interface Heard {
  readonly socket: string;
  readonly clock: Clock;
  readonly words: readonly string[];
}

async function hear(
  child: RunningProcess,
  { socket, clock, words }: Heard,
  limit: AbortSignal,
): Promise<Trial> {
  const client = new RedisClient({ kind: 'unix', path: socket }, () => Promise.resolve([]));
  const server = new SocketRedisServer(client, 0, { staleData: () => 'no', passwordFor: () => undefined });
  const ended = child.exited.then((exit) => ({ kind: 'ended', exit }) as const);
  try {
    while (!limit.aborted) {
      const asked = server.settings(limit).then(
        (settings) => ({ kind: 'runs', settings }) as const,
        () => undefined,
      );
      const answer = await Promise.race([ended, asked]);
      if (answer?.kind === 'runs') return answer;
      if (answer?.kind === 'ended') {
        // One that was killed has said nothing of its settings.
        if (answer.exit.code === undefined || answer.exit.code === 0) break;
        await Promise.race([child.silent, clock.sleep(lastWordsWithin)]);
        return { kind: 'refused', words: failureReason(words) };
      }
      await clock.sleep(askEvery, limit);
    }
  } finally {
    client.close();
  }
  throw new OperatorError({ code: 'untried' } as const, 'the settings could not be tried out');
}
