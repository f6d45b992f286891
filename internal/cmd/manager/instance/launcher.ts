import { writeFile } from 'node:fs/promises';
import { describeError } from '../../../errors.ts';
import { memoryLimitIn } from '../../../instance-manager/container-memory.ts';
import type { Source } from '../../../instance-manager/data-files/authority.ts';
import type { DataFiles } from '../../../instance-manager/data-files/data-files.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import type { OwnSpec } from '../../../instance-manager/own-spec.ts';
import type { OwnPasswords } from '../../../instance-manager/passwords/own-passwords.ts';
import type { LeftProcess, RedisProcesses, RunningProcess } from '../../../instance-manager/ports.ts';
import { adopt } from '../../../instance-manager/process/adopt.ts';
import { findServer } from '../../../instance-manager/process/find-server.ts';
import type { Listener } from '../../../instance-manager/process/output.ts';
import { type OwnChild, start } from '../../../instance-manager/process/spawn.ts';
import { renderRedisConf, renderWithoutSecrets } from '../../../instance-manager/redis/config.ts';
import { parseLogLine } from '../../../instance-manager/redis/log.ts';
import { type AcceptedSpec, formatSpec, parseSpec } from '../../../instance-manager/settings/accepted.ts';
import type { WantedSettings } from '../../../instance-manager/settings/keep.ts';
import type { Trials } from '../../../instance-manager/settings/trial.ts';
import { isMemoryHeld, settingsOf } from '../../../instance-manager/settings/wanted.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { confPath, type Layout, socketPath } from './layout.ts';
import type { Spec } from './spec.ts';
import type { Inherited } from './take-over.ts';

export interface LauncherPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly spec: Spec;
  readonly passwords: Pick<OwnPasswords, 'atStart'>;
  readonly accepted: AcceptedSpec;
  readonly trials: Trials;
  readonly files: DataFiles;
  readonly cell: FactsCell;
  readonly announceIp: string;
  readonly layout: Layout;
  /** Where the server is looked for first, as in PATH. */
  readonly searchPath: string;
  /** What the manager before this one has left running. */
  readonly inherited: Inherited | undefined;
}

/** The redis-server that runs, for the manager that takes our place. */
export interface LeftServer {
  readonly process: LeftProcess;
  readonly startedOn: string;
  readonly accepted: string;
}

/** Starts redis-server on the redis.conf of the moment, and knows which one that was. */
export class RedisLauncher implements RedisProcesses {
  readonly #ports: LauncherPorts;
  #running: OwnChild | undefined;
  #startedOn: string | undefined;
  #lastEnd: Promise<void> = Promise.resolve();
  #inherited: Inherited | undefined;

  constructor(ports: LauncherPorts) {
    this.#ports = ports;
    this.#inherited = ports.inherited;
  }

  /** What the running redis-server was started on, without secrets; undefined before the first start. */
  get startedOn(): string | undefined {
    return this.#startedOn;
  }

  /** What another manager needs to go on with it; undefined while there is none to go on with. */
  get left(): LeftServer | undefined {
    const accepted = this.#ports.accepted.current;
    if (this.#running === undefined || this.#startedOn === undefined || accepted === undefined)
      return undefined;
    const { pid, run, left: outputs } = this.#running;
    return { process: { pid, run, outputs }, startedOn: this.#startedOn, accepted: formatSpec(accepted) };
  }

  takeOver(onLine: (line: string) => void): RunningProcess | undefined {
    const inherited = this.#inherited;
    if (inherited === undefined) return undefined;
    this.#inherited = undefined;
    const { server, startedOn, accepted, kernel } = inherited;
    const running = adopt(server, this.#logged(onLine), kernel);
    this.#startedOn = startedOn;
    this.#running = running;
    const spec = parseSpec(accepted);
    if (spec !== undefined) this.#ports.accepted.use(spec);
    return running;
  }

  async start(onLine: (line: string) => void, signal: AbortSignal): Promise<RunningProcess> {
    const { layout, searchPath, spec } = this.#ports;
    const chosen = await this.#chosen(await spec.newest(signal), signal);
    const { settings } = await this.wanted(chosen);
    const source = await this.#sourceOf(chosen);
    const server = await findServer(searchPath);
    // The passwords are in this file, on a volume in memory, and in one beside it: not in arguments, not in the environment.
    const passwords = await this.#ports.passwords.atStart();
    const conf = renderRedisConf(settings, { passwords, appendOnly: source === 'aof' ? 'yes' : 'no' });
    await writeFile(confPath(layout), conf, { mode: 0o600 });
    const running = await start(server, [confPath(layout)], this.#logged(onLine));
    this.#startedOn = renderWithoutSecrets(settings);
    this.#running = running;
    this.#ports.accepted.use(chosen);
    if (source === 'rdb') this.#lastEnd = this.#unlessLoaded(running);
    return running;
  }

  /** Resolves once what the end of the last redis-server means for the next start is on the disk. */
  async settled(): Promise<void> {
    await this.#lastEnd;
  }

  kill(pid: number): void {
    if (this.#running?.pid === pid) this.#running.signal('SIGKILL');
  }

  /** What redis.conf is made from, for this spec at this moment. */
  async wanted(spec: OwnSpec): Promise<WantedSettings> {
    const { announceIp, layout } = this.#ports;
    const containerLimit = await memoryLimitIn(layout.controlGroup);
    const settings = settingsOf(spec, {
      announceIp,
      listenAddress: layout.listenAddress,
      port: layout.redisPort,
      dataFolder: layout.dataFolder,
      socketPath: socketPath(layout),
      containerLimit,
    });
    return { spec, settings, memoryHeld: isMemoryHeld(spec, containerLimit) };
  }

  #logged(onLine: (line: string) => void): Listener {
    const { clock } = this.#ports;
    const log = this.#ports.log.child({ logger: 'redis' });
    const logAndTell = (line: string): void => {
      const { level, message } = parseLogLine(line);
      if (message.trim() !== '') log[level](message);
      onLine(line);
    };
    return { clock, onLine: logAndTell };
  }

  async #sourceOf({ persistence }: OwnSpec): Promise<Source> {
    const { files, cell, log } = this.#ports;
    await this.#lastEnd;
    const source = await files.begin(persistence);
    const aofAwaited = persistence === 'aof' && source === 'rdb';
    if (aofAwaited) log.info('redis-server starts from its RDB, which is the newer file');
    if (aofAwaited !== cell.current.aofAwaited) cell.change({ aofAwaited });
    return source;
  }

  /** An RDB that cannot be loaded takes the place of nothing: the append-only file holds what it was written from. */
  async #unlessLoaded(running: RunningProcess): Promise<void> {
    const { files, cell, log } = this.#ports;
    let ran = false;
    const stop = cell.listen(({ process }) => {
      ran ||= process.pid === running.pid && process.state === 'running';
    });
    const { code } = await running.exited;
    stop();
    if (ran || code === undefined || code === 0) return;
    if ((await files.found()).outdated === undefined) return;
    log.error('the RDB could not be loaded: the next start is from the append-only file');
    await files.forget();
  }

  /** What redis-server took last stands in for what it refuses; without that it refuses for itself, in its last words. */
  async #chosen(newest: OwnSpec, signal: AbortSignal): Promise<OwnSpec> {
    const { accepted, trials, cell, log } = this.#ports;
    const known = await accepted.read();
    if (known === undefined || formatSpec(known) === formatSpec(newest)) return newest;
    try {
      const trial = await trials.tryOut((await this.wanted(newest)).settings, signal);
      if (trial.kind === 'runs') return newest;
      log.warn('redis-server refuses the settings of the spec: it starts on the last that it took', {
        because: trial.words,
      });
      cell.change({ settingsRefused: trial.words });
    } catch (failure) {
      log.warn('the settings of the spec could not be tried out', { because: describeError(failure) });
    }
    return known;
  }
}
