import { DataFiles } from '../../../instance-manager/data-files/data-files.ts';
import { keepPersistence } from '../../../instance-manager/data-files/keep.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import type { OwnPasswords } from '../../../instance-manager/passwords/own-passwords.ts';
import type { Continuity } from '../../../instance-manager/ports.ts';
import type { SocketRedisServer } from '../../../instance-manager/redis/server.ts';
import type { Identity } from '../../../instance-manager/report.ts';
import { AcceptedSpec } from '../../../instance-manager/settings/accepted.ts';
import { keepSettings } from '../../../instance-manager/settings/keep.ts';
import { Trials } from '../../../instance-manager/settings/trial.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { type LeftServer, RedisLauncher } from './launcher.ts';
import { type Layout, trialFolder } from './layout.ts';
import type { Spec } from './spec.ts';
import type { Inherited } from './take-over.ts';

export interface ServerPlace {
  readonly clock: Clock;
  readonly log: Logger;
  readonly spec: Spec;
  readonly passwords: OwnPasswords;
  readonly redis: SocketRedisServer;
  readonly cell: FactsCell;
  readonly identity: Identity;
  readonly layout: Layout;
  /** Where the server is looked for first, as in PATH. */
  readonly searchPath: string;
  /** What the manager before this one has left running. */
  readonly inherited: Inherited | undefined;
}

/** What redis-server is started on, and what keeps its settings and its files as the spec says. */
export class ServerParts {
  readonly processes: RedisLauncher;
  readonly continuity: Continuity;
  readonly #place: ServerPlace;
  readonly #accepted: AcceptedSpec;
  readonly #trials: Trials;
  readonly #files: DataFiles;

  constructor(place: ServerPlace) {
    const { layout, redis, identity } = place;
    const accepted = new AcceptedSpec(layout.dataFolder);
    const trials = new Trials({ ...place, folder: trialFolder(layout) });
    const files = new DataFiles(layout.dataFolder);
    this.#place = place;
    this.#accepted = accepted;
    this.#trials = trials;
    this.#files = files;
    this.processes = new RedisLauncher({ ...place, accepted, trials, files, announceIp: identity.podIP });
    this.continuity = {
      savingTakes: async (signal) =>
        accepted.current?.persistence === 'aof' ? await redis.savingTakes(signal) : undefined,
      ending: () => {
        const { life } = files;
        return () => files.mark(life);
      },
    };
  }

  get trialPids(): ReadonlySet<number> {
    return this.#trials.pids;
  }

  /** What another manager needs to go on with redis-server. */
  get left(): LeftServer | undefined {
    return this.processes.left;
  }

  /** Keeps both until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#keepSettings(signal), this.#keepPersistence(signal)]);
  }

  #keepSettings(signal: AbortSignal): Promise<void> {
    const { clock, log, redis, spec, cell } = this.#place;
    const processes = this.processes;
    const ports = {
      clock,
      log,
      server: redis,
      accepted: this.#accepted,
      newest: () => spec.current,
      generation: () => spec.generation,
      listen: (listener: () => void) => spec.listen(listener),
      wanted: processes.wanted.bind(processes),
      startedOn: () => processes.startedOn,
      tryOut: this.#trials.tryOut.bind(this.#trials),
    };
    return keepSettings(ports, cell, signal);
  }

  #keepPersistence(signal: AbortSignal): Promise<void> {
    const { clock, log, redis, cell } = this.#place;
    const accepted = this.#accepted;
    const ports = {
      clock,
      log,
      server: redis,
      files: this.#files,
      wanted: () => accepted.current?.persistence,
      listen: (listener: () => void) => accepted.listen(listener),
    };
    return keepPersistence(ports, cell, signal);
  }
}
